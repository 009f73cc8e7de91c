/* Profiles: how long the steps of a program took. */
#include "engine/profile.h"
#include "api/api.h"

StrataProfile *strata_profile_make(StrataProgram *program, StrataDiagnostics *diagnostics)
{
    if (!program)
        return NULL;
    StrataProfile *profile = object_make(&program->context, sizeof *profile, diagnostics);
    if (!profile)
        return NULL;
    StrataError error;
    profile->program = program_retain(program);
    profile->profile = profile_make(program->program, &error);
    if (profile->profile)
        return profile;
    diagnostics_failure(diagnostics, &error);
    strata_profile_release(profile);
    return NULL;
}

void strata_profile_release(StrataProfile *profile)
{
    if (!profile)
        return;
    StrataAllocator allocator = profile->program->context.allocator;
    profile_release(profile->profile);
    strata_program_release(profile->program);
    allocator_give(&allocator, profile, 1, sizeof *profile);
}

StrataText *strata_profile_text(const StrataProfile *profile, StrataDiagnostics *diagnostics)
{
    if (!profile)
        return NULL;
    StrataText *text = text_object(&profile->program->context, diagnostics);
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, diagnostics);
    profile_print(profile->profile, &text->text);
    return text;
}
