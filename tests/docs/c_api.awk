# Makes parts of a page of a header: each `/* ---- Name ---- */` becomes a heading, the declarations behind it a block of C.
function finish() {
    if (!open)
        return
    sub(/\n+$/, "", body)
    print "```c\n" body "\n```\n"
    open = 0
}

/^\/\* ---- / {
    finish()
    gsub(/^\/\* -+ | -+ \*\/$/, "")
    print "### " $0 "\n"
    open = 1
    body = ""
    next
}
/^#ifdef __cplusplus/ { finish() }
open {
    # Without the macro the lines that go on begin earlier.
    if (shifted)
        sub(/^           /, "")
    if (sub(/^STRATA_API /, ""))
        shifted = 1
    if (/;/)
        shifted = 0
    if (body != "" || $0 != "")
        body = body $0 "\n"
}
END { finish() }
