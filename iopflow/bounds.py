"""What nothing that is typed lies outside: days of a school, and the numbers of rows."""

from datetime import date

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
LARGEST = 2**31 - 1  # of the numbers that the databases give
