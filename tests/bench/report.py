"""What the benchmarks print: tables of times and ratios, and a chart."""

import contest
from contest import Times


def milliseconds(times):
    """The median, and half of the range of the middle half."""
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


def _goal(row, cores):
    """Goals are for one core; on several it is to be no slower than the best peer."""
    return row.goal if cores == 1 or row.goal is None else 1.0


def _line(row, ours, peers, cores, peak):
    mine = best(row.warm, ours)
    value = ratio(row.warm, ours, peers)
    cold = ratio(row.cold, ours, peers) if row.cold else None
    goal = _goal(row, cores)
    return [
        row.name,
        *(milliseconds(Times(row.warm[name])) if name in row.warm else "-" for name in ours + peers),
        f"{value:.2f}" if value else "-",
        f"{cold:.2f}" if cold else "-",
        f"{goal:.2f}" if goal else "-",
        _verdict(value, goal),
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
    print_rows(head, [_line(row, ours, peers, cores, peak) for row in rows])
    for row in rows:
        for note in row.notes:
            print(f"{row.name}: {note}")
    goals = [row for row in rows if row.goal and ratio(row.warm, ours, peers)]
    reached = sum(ratio(row.warm, ours, peers) <= _goal(row, cores) for row in goals)
    print(f"\n{reached} of {len(goals)} goals reached")


BAR, GAP, LEFT, SCALE, TOP = 11, 12, 250, 180, 82  # of the chart, in its units
LARGEST = 2.0  # times the best peer; what is longer is cut off, with its number beside it
PANEL = LARGEST * SCALE + 50  # the bars of one number of cores
COLOURS = ("#1a7f5a", "#7a8ba3", "#b9c3d0")


def _bar(x, y, length, colour, label, goal=None):
    """With its number behind it, or behind the line of the goal where that would cross the number."""
    behind = goal if goal and length - 2 < goal < length + 30 else length
    return (
        f'<rect x="{x}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>'
        f'<text x="{x + behind + 4:.1f}" y="{y + BAR - 2}" class="small">{label}</text>'
    )


def _group(row, goal, ours, peers, x, y):
    parts = []
    unit = best(row.warm, peers)[0]
    bars = [("Strata", best(row.warm, ours)[0]), *((name, Times(row.warm[name]).median) for name in peers if name in row.warm)]
    for i, (_, seconds) in enumerate(bars):
        share = seconds / unit
        line = goal * SCALE if goal and i == 0 else None
        parts.append(_bar(x, y + i * BAR, min(share, LARGEST) * SCALE, COLOURS[i], f"{share:.2f}", line))
    if goal:
        at = x + goal * SCALE
        parts.append(f'<line x1="{at}" y1="{y - 2}" x2="{at}" y2="{y + BAR + 2}" class="goal"/>')
    return parts


def _legend(peers):
    parts = []
    for i, name in enumerate(["Strata", *peers]):
        parts.append(f'<rect x="{10 + 130 * i}" y="32" width="10" height="10" fill="{COLOURS[i]}"/>')
        parts.append(f'<text x="{10 + 130 * i + 15}" y="41">{name}</text>')
    x = 10 + 130 * (1 + len(peers))
    parts.append(f'<line x1="{x + 5}" y1="30" x2="{x + 5}" y2="44" class="goal"/><text x="{x + 15}" y="41">goal</text>')
    return parts


def draw_chart(path, tables, ours, peers):
    """Bars of time as a share of the best peer's, for each number of cores beside one another; a line for the goal."""
    names = list(dict.fromkeys(row.name for rows in tables.values() for row in rows if ratio(row.warm, ours, peers)))
    step = BAR * (1 + len(peers)) + GAP
    width, height = LEFT + PANEL * len(tables), TOP + step * len(names) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-family="sans-serif" font-size="12">',
        "<style>.small{font-size:9px;fill:#555}.goal{stroke:#c2410c;stroke-width:2}</style>",
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="20" font-size="14">'
        f"Time, the best peer's = 1 ({contest.processor()})</text>",
        *_legend(peers),
    ]
    for i, name in enumerate(names):
        parts.append(f'<text x="{LEFT - 8}" y="{TOP + i * step + BAR * 2}" text-anchor="end">{name}</text>')
    for panel, (cores, rows) in enumerate(tables.items()):
        x = LEFT + PANEL * panel
        parts.append(f'<text x="{x}" y="{TOP - 14}" font-size="13">{cores} {"core" if cores == 1 else "cores"}</text>')
        for row in rows:
            if row.name in names and ratio(row.warm, ours, peers):
                parts += _group(row, _goal(row, cores), ours, peers, x, TOP + names.index(row.name) * step)
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
