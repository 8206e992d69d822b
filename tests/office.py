#!/usr/bin/env python3
"""make test-office: what LibreOffice with a German locale makes of csv-de and xlsx.

Starts a demo of its own in a temporary folder, prints texts that a spreadsheet likes to change, dates, instants and
amounts, lets LibreOffice open and save each file, and compares value and type of every cell with the JSON of the same
list. Needs soffice; not part of the CI.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

WVL = pathlib.Path(__file__).resolve().parent.parent / "target/debug/wvl"
TEXTS = ["=1+1", "+49 7321 140399", "-x", "@SUM(A1)", "3-12", "01067", "1e5", "1.234", "12.2026", "Öl & Gas; \"Söhne\" €"]
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
# semicolon, quote, UTF-8, from line 1, all columns by themselves, German, quoted is text, numbers with units too
CSV_OF_GERMANY = "CSV:59,34,76,1,,1031,true,true"
COLUMNS = "number,title,document_date,follow_up_at,net_amount,currency"


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def cells(path):
    """The rows of the first sheet of a flat ODS: (type, value) of every cell."""
    sheet = tree.parse(path).getroot().find(f".//{{{TABLE}}}table")
    for row in sheet.iter(f"{{{TABLE}}}table-row"):
        found = []
        for cell in row.iter(f"{{{TABLE}}}table-cell"):
            kind = cell.get(f"{{{OFFICE}}}value-type", "empty")
            value = cell.get(f"{{{OFFICE}}}date-value") or cell.get(f"{{{OFFICE}}}value")
            if kind == "string":
                value = "\n".join("".join(part.itertext()) for part in cell.findall(f"{{{TEXT}}}p"))
            repeated = int(cell.get(f"{{{TABLE}}}number-columns-repeated", "1"))
            found += [(kind, value)] * min(repeated, COLUMNS.count(",") + 1)
        if any(kind != "empty" for kind, _ in found):
            yield found[: COLUMNS.count(",") + 1]


def expected(record, is_csv):
    title = record["title"]
    if is_csv and title.lstrip(" ")[:1] in ("=", "+", "-", "@"):
        title = "'" + title
    at = record["follow_up_at"]
    amount = record["net_amount"]
    return [
        ("string", record["number"]),
        ("string", title),
        ("date", record["document_date"]),
        ("date", at[:16]) if at else ("empty", None),
        ("number", float(amount)) if amount else ("empty", None),
        ("string", record["currency"]),
    ]


def seen(cell):
    kind, value = cell
    if kind in ("float", "currency", "percentage"):
        return ("number", float(value))
    if kind == "date":
        # an hour and a half is a fraction of a day, which comes back a few microseconds off
        return ("date", value[:10] if len(value) == 10 else value[:16])
    return (kind, value)


def main():
    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    if not soffice:
        sys.exit("test-office: soffice is not installed (Debian: apt-get install libreoffice-calc-nogui)")
    with tempfile.TemporaryDirectory(prefix="wvl-office-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        wvl = [WVL, "--config", folder / "demo/wvl.toml"]
        run(WVL, "demo", "start", "--quiet", "--folder", folder / "demo")
        try:
            check(soffice, wvl, folder)
        finally:
            run(WVL, "demo", "stop", "--quiet", "--folder", folder / "demo")


def check(soffice, wvl, folder):
    quoted = ", ".join(f"({place}, '{text.replace(chr(39), chr(39) * 2)}')" for place, text in enumerate(TEXTS))
    run(*wvl, "db", "psql", "--", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", f"""
        INSERT INTO wvl.documents (kind, number, title, document_date, booked_at, follow_up_at, net_amount)
        SELECT 'offer', to_char(n, 'FM0000000'), title, '2026-03-12'::date + n, now(),
            CASE WHEN n % 3 > 0 THEN timestamptz '2026-11-20 13:30Z' + n * interval '1 day 1 minute' END,
            CASE WHEN n % 4 > 0 THEN -1234.5 * n + 0.01 END
        FROM (VALUES {quoted}) AS texts (n, title)""")
    query = ["document", "list", "--search", "000000", "--columns", COLUMNS, "--sort", "number"]
    records = json.loads(run(*wvl, *query, "--json"))
    assert len(records) >= len(TEXTS), records
    profile = f"-env:UserInstallation=file://{folder}/profile"
    failures = 0
    for name, flags, filters in [
        ("list.csv", ["-O", "csv-de"], [f"--infilter={CSV_OF_GERMANY}"]),
        ("list.xlsx", [], []),
    ]:
        run(*wvl, *query, *flags, "-o", folder / name)
        run(soffice, profile, "--headless", *filters, "--convert-to", "fods", "--outdir", folder / "out", folder / name)
        rows = list(cells(folder / "out/list.fods"))
        if len(rows) != len(records) + 1:
            sys.exit(f"{name}: {len(rows)} rows of {len(records) + 1}")
        for record, row in zip(records, rows[1:]):
            wanted = expected(record, name.endswith(".csv"))
            got = [seen(cell) for cell in row]
            for column, left, right in zip(COLUMNS.split(","), wanted, got):
                if left != right:
                    failures += 1
                    print(f"{name}, {record['number']}, {column}: {left} became {right}")
        print(f"{name}: {len(records)} rows compared")
    sys.exit(1 if failures else 0)


main()
