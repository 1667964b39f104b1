// Reads calendars as Thunderbird and Nextcloud do: a line of base64 in, a line of JSON out.
const path = require("node:path");
const readline = require("node:readline");
const ICAL = require(path.join(__dirname, "..", "vendor", "ical.es5.min.cjs"));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    const whole = new ICAL.Component(ICAL.parse(Buffer.from(line, "base64").toString("utf8")));
    answer = whole.getAllSubcomponents("vevent").map((one) => {
      const event = new ICAL.Event(one);
      if (!event.startDate.isDate) throw new Error("not a whole day");
      return [event.startDate.toString(), event.endDate.toString(), event.summary, event.uid];
    });
  } catch (error) {
    answer = String(error);
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
