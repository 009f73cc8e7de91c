/* The bytes of a model's weights: where each row, constant and prepared value lies, and the hash of it all. The same layout serves a section of the
 * library and a file beside it. */
#include "build/facts.h"

#include <string.h>

/* Which rows a list of steps reads. */
static void mark_rows(const Plan *plan, const StepList *list, bool *needed)
{
    for (int64_t i = 0; i < list->count; i++)
        for (int32_t k = 0; k < list->items[i].operand_count; k++) {
            const Buffer *buffer = &plan->buffers[plan->values[list->items[i].operands[k]].buffer];
            if (buffer->storage == STORAGE_WEIGHT)
                needed[buffer->row] = true;
            if (buffer->storage == STORAGE_STATE)
                needed[plan->weight_count + buffer->row] = true;
        }
}

static size_t add_piece(Section *section, const void *bytes, size_t size)
{
    size_t offset = section->size;
    section->pieces[section->count++] = (Piece){.bytes = bytes, .size = size, .offset = offset};
    section->size = size_aligned(offset + size);
    return offset;
}

void section_lay_out(Facts *facts, const InputBuffer *weights, const InputBuffer *states, const void *constants,
                     const void *prepared)
{
    const Plan *plan = facts->plan;
    int64_t rows = plan->weight_count + plan->state_count;
    Section *section = &facts->section;
    section->pieces = arena_zero(facts->arena, (size_t)rows + 2, sizeof *section->pieces);
    section->row_offset = arena_zero(facts->arena, (size_t)rows + 1, sizeof *section->row_offset);
    bool *needed = arena_zero(facts->arena, (size_t)rows + 1, sizeof *needed);
    mark_rows(plan, &plan->run, needed);
    if (!prepared)
        mark_rows(plan, &plan->prepare, needed);
    for (int64_t i = 0; i < rows; i++) {
        bool weight = i < plan->weight_count;
        const ProgramValue *row = weight ? &plan->weights[i] : &plan->states[i - plan->weight_count];
        const InputBuffer *buffer = weight ? &weights[i] : &states[i - plan->weight_count];
        size_t size = (size_t)type_reals(&row->type) * precision_size(plan->precision);
        section->row_offset[i] = needed[i] ? (int64_t)add_piece(section, buffer->data, size) : -1;
    }
    section->constants = add_piece(section, constants, plan->constants);
    section->prepared = prepared || plan->prepared == 0 ? (int64_t)add_piece(section, prepared, plan->prepared) : -1;
    facts->prepared_size = section->prepared < 0 ? (int64_t)size_aligned(plan->prepared) : 0;
    facts->prepare_work = section->prepared < 0 ? (int64_t)plan->prepare.peak[LAYOUT_TILE] : 0;
    facts->takes_weights = facts->prepared_size > 0 || facts->weights_file;
}

void section_sign(Facts *facts, const char *source)
{
    Sha256 hash;
    sha256_start(&hash);
    sha256_add(&hash, source, strlen(source) + 1);
    for (int64_t i = 0; i < facts->section.count; i++)
        if (facts->section.pieces[i].size > 0)
            sha256_add(&hash, facts->section.pieces[i].bytes, facts->section.pieces[i].size);
    unsigned char digest[SHA256_BYTES];
    sha256_end(&hash, digest);
    for (int i = 0; i < SHA256_BYTES; i++) {
        facts->signature[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        facts->signature[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    facts->signature[SHA256_TEXT - 1] = '\0';
}
