"""What the benchmarks print: tables of times and ratios, and a chart."""

import contest
from contest import Times


def _milliseconds(times):
    seconds = times.median
    digits = 4 if seconds < 1e-4 else 3 if seconds < 1e-2 else 2 if seconds < 1 else 0
    return f"{1000 * seconds:.{digits}f} ±{100 * times.spread:.0f}%"


def best(times, names):
    """The one of the names with the least median, and that median; None when none was measured."""
    found = [(Times(times[name]).median, name) for name in names if name in times]
    return min(found) if found else None


def ratio(times, ours, peers):
    """Our best time over the best peer's; None without a peer."""
    mine, peer = best(times, ours), best(times, peers)
    return mine[0] / peer[0] if mine and peer else None


def _verdict(value, goal):
    if value is None or goal is None:
        return "-"
    return "reached" if value <= goal else "MISSED"


def _line(row, ours, peers, peak):
    mine = best(row.warm, ours)
    value = ratio(row.warm, ours, peers)
    cold = ratio(row.cold, ours, peers) if row.cold else None
    return [
        row.name,
        *(_milliseconds(Times(row.warm[name])) if name in row.warm else "-" for name in ours + peers),
        f"{value:.2f}" if value else "-",
        f"{cold:.2f}" if cold else "-",
        f"{row.goal:.2f}" if row.goal else "-",
        _verdict(value, row.goal),
        f"{100 * row.operations / mine[0] / peak:.0f} %" if mine else "-",
        f"{row.errors[mine[1]]:.0e}" if mine else "-",
    ]


def print_rows(head, rows):
    """A table in Markdown, its columns as wide as they must be."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def print_table(rows, ours, peers, cores, peak):
    """Times by case, with our share of the best peer's time and of the peak."""
    what = "core" if cores == 1 else "cores"
    print(f"\n{cores} {what} of {contest.processor()}, peak {peak / 1e9:.0f} GFLOP/s.")
    clock = "of the processor" if cores == 1 else "that pass"
    print(f"Milliseconds {clock}: medians over alternating rounds, and half of the range of the middle half.\n")
    head = ["", *ours, *peers, "ratio", "cold", "goal", "", "of peak", "error"]
    print_rows(head, [_line(row, ours, peers, peak) for row in rows])
    for row in rows:
        for note in row.notes:
            print(f"{row.name}: {note}")
    goals = [row for row in rows if row.goal and ratio(row.warm, ours, peers)]
    reached = sum(ratio(row.warm, ours, peers) <= row.goal for row in goals)
    print(f"\n{reached} of {len(goals)} goals reached")


BAR, GAP, LEFT, SCALE, TOP = 11, 12, 250, 300, 60  # of the chart, in its units
LARGEST = 2.0  # times the best peer; what is longer is cut off, with its number beside it
COLOURS = ("#1a7f5a", "#7a8ba3", "#b9c3d0")


def _bar(x, y, length, colour, label):
    return (
        f'<rect x="{x}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>'
        f'<text x="{x + length + 4:.1f}" y="{y + BAR - 2}" class="small">{label}</text>'
    )


def _group(row, ours, peers, y):
    parts = [f'<text x="{LEFT - 8}" y="{y + BAR * 2}" text-anchor="end">{row.name}</text>']
    unit = best(row.warm, peers)[0]
    bars = [("Strata", best(row.warm, ours)[0]), *((name, Times(row.warm[name]).median) for name in peers if name in row.warm)]
    for i, (_, seconds) in enumerate(bars):
        share = seconds / unit
        parts.append(_bar(LEFT, y + i * BAR, min(share, LARGEST) * SCALE, COLOURS[i], f"{share:.2f}"))
    if row.goal:
        x = LEFT + row.goal * SCALE
        parts.append(f'<line x1="{x}" y1="{y - 2}" x2="{x}" y2="{y + BAR + 2}" class="goal"/>')
    return parts


def draw_chart(path, tables, ours, peers):
    """Bars of time relative to the best peer's on the smallest number of cores: shorter is faster; a line for the goal."""
    cores = min(tables)
    rows = [row for row in tables[cores] if ratio(row.warm, ours, peers)]
    step = BAR * (1 + len(peers)) + GAP
    height = TOP + step * len(rows) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + LARGEST * SCALE + 60:.0f} {height}" '
        'font-family="sans-serif" font-size="12">',
        "<style>.small{font-size:9px;fill:#555}.goal{stroke:#c2410c;stroke-width:2}</style>",
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="20" font-size="14">Time on {cores} '
        f"{'core' if cores == 1 else 'cores'}, the best peer's = 1 ({contest.processor()})</text>",
    ]
    for i, name in enumerate(["Strata", *peers]):
        parts.append(f'<rect x="{LEFT + 130 * i}" y="32" width="10" height="10" fill="{COLOURS[i]}"/>')
        parts.append(f'<text x="{LEFT + 130 * i + 15}" y="41">{name}</text>')
    x = LEFT + 130 * (1 + len(peers))
    parts.append(f'<line x1="{x + 5}" y1="30" x2="{x + 5}" y2="44" class="goal"/><text x="{x + 15}" y="41">goal</text>')
    for i, row in enumerate(rows):
        parts += _group(row, ours, peers, TOP + i * step)
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
