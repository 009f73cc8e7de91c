/* strata analyse: what its files share. analyse.c is the verb, and each other file one thing that is analysed; deform.c makes the deformed inputs. */
#ifndef STRATA_TOOL_ANALYSE_H
#define STRATA_TOOL_ANALYSE_H

#include "tool/session.h"

/* Each answers for a session whose net is there; operands from the third on are data. */
ExitCode analyse_frame(Session *session);
ExitCode analyse_deformation(Session *session);

#endif
