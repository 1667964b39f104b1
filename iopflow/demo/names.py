"""The names that invented people are made of."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    """
    Aksel Alma Amina Anders Anja Aron Aslak Astrid Aurora Balder Bastian Birk Bjørk Brage
    Celine Dina Edvard Eira Elias Ella Embla Emil Erle Fatima Fillip Frøya Gabriel Gard Guro
    Hanna Hassan Hedda Heidi Henrik Hermine Håkon Ida Idris Ingeborg Isak Iver Jakub Jenny
    Johannes Jonas Julie Kaja Karoline Kasper Khadija Lars Lea Leander Leo Liam Linnea Live
    Lotte Ludvig Magnus Maja Malin Marius Mathea Mina Mohammed Nils Noor Nora Odin Olea Oliver
    Oskar Pernille Peder Ragna Rahel Sander Sanna Selma Signe Sigurd Silje Simen Sindre
    Solveig Sofie Storm Sunniva Syver Tarjei Thea Tobias Tomasz Torjus Trym Tuva Una Vegard
    Vetle Vilde Vilja Wiktoria Yasmin Ylva Yusuf Øyvind Åse
    """
)

LAST = _words(
    """
    Almdal Andmyr Askvik Bakkholm Bergsnev Birkeskjær Bjørnlia Blåmyr Brattskar Bruvoll
    Dalskjær Djupvåg Eikhaug Einerlia Elvebakk Engvoll Fagerlund Fjellstø Fjærholm Flatskjær
    Fossdal Furulia Gjerdsvoll Granmo Grønnskar Hagafjell Haugskjær Havmo Heggmyr Holmstrøm
    Husevåg Kleivmyr Klokkerstø Knausland Krokvåg Kvernlia Langstø Lauvskar Lerkemo Lyngskar
    Løvhaug Moldskred Myrlund Nattvoll Nesseskar Nordhaug Nysted Ormskar Osmyr Plommedal
    Rauhaug Reinskar Rognmyr Rundhaug Sandskjær Selhaug Siljumyr Skarvøy Skogvoll Smørdal
    Snekkestø Solhaug Steinmyr Storlia Strandskar Sundlia Svanstø Sveholm Tangmyr Tjeldnes
    Torvmyr Trollskar Tverrlia Ulvmyr Utgard Vardskjær Vestlia Vikskar Vindmo Ørnskar Østmo
    Åkermyr Åsvoll
    """
)

STAFF_FIRST = _words(
    """
    Agnes Anne Arne Berit Bente Bjarte Borghild Dagfinn Eirik Eldbjørg Ellinor Gaute Gunnhild
    Gunnar Halvard Heidrun Helge Hilde Inger Ivar Jorunn Jostein Kjell Kristin Leif Lillian
    Liv Magnhild Margit Mette Njål Oddny Olaug Per Randi Reidar Roar Rune Sissel Svanhild
    Sverre Terje Tone Torbjørn Torill Trine Unni Vidar Wenche Øystein
    """
)
