"""What nothing that is typed lies outside: days, numbers of rows, signs; and who it is not."""

import re
from datetime import date

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
LARGEST = 2**31 - 1  # of the numbers that the databases give
LONGEST_TEXT = 500  # characters; no sentence of a school's list is longer
EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Day (also D numbers), month (also synthetic ones), year and five digits more.
NATIONAL_ID = re.compile(
    r"(?<!\d)(?:[0-3]\d|[4-7]\d)(?:0[1-9]|1[0-2]|4[1-9]|5[0-2]|8[1-9]|9[0-2])\d{2} ?\d{5}(?!\d)"
)
