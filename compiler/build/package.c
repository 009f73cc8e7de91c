/* NAME.pc: how a compiler finds header and library, for pkg-config. The folder may be moved: paths start at the file's own. */
#include "build/facts.h"

void package_write(const Facts *facts, Text *out)
{
    text_printf(out,
                "prefix=${pcfiledir}\n\nName: %s\nDescription: The net %s, built by Strata\nVersion: %s\n"
                "Cflags: -I${prefix}\nLibs: -L${prefix} -l%s%s\nLibs.private: -lm\n",
                facts->name, facts->name, STRATA_VERSION_TEXT, facts->name, facts->forms & BUILD_SHARED ? "" : " -lm");
}
