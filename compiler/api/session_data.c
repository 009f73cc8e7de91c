/* The data that an expression of a session describes. */
#include "api/session.h"

#include <string.h>

/* What an expression describes, in the arena of the module; null after saying that it describes no data. */
static const DataCall *evaluate_data(StrataSession *session, StrataModule *module, const char *text, StrataDiagnostics *diagnostics)
{
    NamedTensors tensors = {.find = session_find_tensor, .context = session};
    Evaluated evaluated;
    if (ARENA_TRY(&module->arena) != 0) {
        diagnostics_memory(diagnostics);
        return NULL;
    }
    bool good = module_evaluate(module->module, "expression", text, strlen(text), tensors, &evaluated);
    const DataCall *call = good ? module_data(module->module, &evaluated) : NULL;
    if (good && !call)
        diagnostics_error(&module->diagnostics, 311, no_span, "`%.100s` is %s, and no data", text,
                          object_describe(&module->arena, *evaluated.value));
    diagnostics_copy(diagnostics, &module->diagnostics);
    return call;
}

StrataData *strata_session_data(StrataSession *session, const char *text, StrataDiagnostics *diagnostics)
{
    StrataModule *module = session && text ? session_load(session, NULL, true, diagnostics) : NULL;
    const DataCall *call = module ? evaluate_data(session, module, text, diagnostics) : NULL;
    StrataData *data = call ? data_object(module, call, diagnostics) : NULL;
    strata_module_release(module);
    return data;
}
