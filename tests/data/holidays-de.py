"""Writes holidays-de.csv: the legal holidays of the 16 German states, 2020 to 2035.

Made with the PyPI package `holidays` 0.109:

    pip install holidays==0.109
    python3 tests/data/holidays-de.py > tests/data/holidays-de.csv
"""

import sys

import holidays

VERSION = "0.109"
STATES = "BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH".split()

if holidays.__version__ != VERSION:
    sys.exit(f"the committed table was made with holidays {VERSION}, this is {holidays.__version__}")

print(f"# PyPI holidays {VERSION}, category public; made by holidays-de.py")
print("state,date,name")
for state in STATES:
    table = holidays.country_holidays("DE", subdiv=state, years=range(2020, 2036), language="de")
    for date, name in sorted(table.items()):
        print(f"DE-{state},{date},{name}")
