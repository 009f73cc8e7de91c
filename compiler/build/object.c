/* Weights as a section of an object file. The compiler's object declares a symbol for them; here the section is put behind its bytes and the
 * symbol is made to lie in it. So the compiler never holds the weights, and they are written once. Structures are those of ELF (Tool Interface
 * Standard, 64 bits, as in <elf.h>). */
#include "build/object.h"

#include <elf.h>
#include <string.h>

static const char section_name[] = ".rodata.weights";

/* Where things will be in the file, and the parts of it that change. */
typedef struct Placement {
    Elf64_Ehdr head;
    size_t symbol;  /* offset of the symbol's entry */
    size_t weights; /* of the new section */
    size_t names;   /* of the names of sections, which move behind it */
    size_t old_names, old_names_size;
    size_t headers; /* of the sections, which come last */
    size_t total;
    int names_row;
} Placement;

static bool within(const ObjectCode *code, size_t offset, size_t size)
{
    return offset <= code->size && size <= code->size - offset;
}

/* Row `index` of the table of sections; false when the file has none such. */
static bool read_section(const ObjectCode *code, const Elf64_Ehdr *head, size_t index, Elf64_Shdr *result)
{
    size_t offset = head->e_shoff + index * sizeof *result;
    if (index >= head->e_shnum || !within(code, offset, sizeof *result))
        return false;
    memcpy(result, code->bytes + offset, sizeof *result);
    return result->sh_type == SHT_NOBITS || within(code, result->sh_offset, result->sh_size);
}

/* The offset of the entry of an undefined symbol in a table of symbols; 0 when it is not there. */
static size_t find_symbol(const ObjectCode *code, const Elf64_Shdr *table, const Elf64_Shdr *strings, const char *name)
{
    size_t length = strlen(name) + 1;
    for (size_t offset = table->sh_offset; offset + sizeof(Elf64_Sym) <= table->sh_offset + table->sh_size;
         offset += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, code->bytes + offset, sizeof symbol);
        bool inside = symbol.st_name < strings->sh_size && length <= strings->sh_size - symbol.st_name;
        if (symbol.st_shndx == SHN_UNDEF && inside && memcmp(code->bytes + strings->sh_offset + symbol.st_name, name, length) == 0)
            return offset;
    }
    return 0;
}

static bool is_object(const ObjectCode *code, Elf64_Ehdr *head)
{
    if (code->size < sizeof *head)
        return false;
    memcpy(head, code->bytes, sizeof *head);
    return memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 && head->e_ident[EI_CLASS] == ELFCLASS64 && head->e_type == ET_REL &&
           head->e_shentsize == sizeof(Elf64_Shdr) && head->e_shnum > 0 && head->e_shnum + 1 < SHN_LORESERVE;
}

/* False when the code is no object, or does not declare the symbol. */
static bool place(const ObjectCode *code, const char *symbol, const Section *section, Placement *result)
{
    *result = (Placement){0};
    if (!is_object(code, &result->head))
        return false;
    Elf64_Shdr row, strings;
    for (size_t i = 0; i < result->head.e_shnum && result->symbol == 0; i++)
        if (read_section(code, &result->head, i, &row) && row.sh_type == SHT_SYMTAB &&
            read_section(code, &result->head, row.sh_link, &strings))
            result->symbol = find_symbol(code, &row, &strings, symbol);
    if (result->symbol == 0 || !read_section(code, &result->head, result->head.e_shstrndx, &row))
        return false;
    result->names_row = result->head.e_shstrndx;
    result->old_names = row.sh_offset;
    result->old_names_size = row.sh_size;
    result->weights = size_aligned(code->size);
    result->names = result->weights + section->size;
    result->headers = size_aligned(result->names + row.sh_size + sizeof section_name);
    result->total = result->headers + (size_t)(result->head.e_shnum + 1) * sizeof(Elf64_Shdr);
    return true;
}

size_t object_size(const ObjectCode *code, const char *symbol, const Section *section)
{
    Placement placement;
    return section && place(code, symbol, section, &placement) ? placement.total : code->size;
}

bool section_write(const Section *section, OutputFile *file, StrataError *error)
{
    size_t start = file->written;
    for (int64_t i = 0; i < section->count; i++)
        if (!output_file_fill(file, start + section->pieces[i].offset, error) ||
            !output_file_add(file, section->pieces[i].bytes, section->pieces[i].size, error))
            return false;
    return output_file_fill(file, start + section->size, error);
}

/* The object's own bytes with a new head, and with the symbol in the new section, which is the last row. */
static bool write_code(const ObjectCode *code, const Placement *placement, const Section *section, OutputFile *file,
                       StrataError *error)
{
    Elf64_Ehdr head = placement->head;
    head.e_shoff = placement->headers;
    head.e_shnum++;
    Elf64_Sym symbol;
    memcpy(&symbol, code->bytes + placement->symbol, sizeof symbol);
    symbol.st_shndx = placement->head.e_shnum;
    symbol.st_value = 0;
    symbol.st_size = section->size;
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    size_t behind = placement->symbol + sizeof symbol;
    return output_file_add(file, &head, sizeof head, error) &&
           output_file_add(file, code->bytes + sizeof head, placement->symbol - sizeof head, error) &&
           output_file_add(file, &symbol, sizeof symbol, error) &&
           output_file_add(file, code->bytes + behind, code->size - behind, error);
}

static bool write_headers(const ObjectCode *code, const Placement *placement, const Section *section, OutputFile *file,
                          StrataError *error)
{
    for (size_t i = 0; i < placement->head.e_shnum; i++) {
        Elf64_Shdr row;
        if (!read_section(code, &placement->head, i, &row))
            return error_set(error, STRATA_INTERNAL, 0, "the table of sections of the object code is damaged");
        if ((int)i == placement->names_row) {
            row.sh_offset = placement->names;
            row.sh_size = placement->old_names_size + sizeof section_name;
        }
        if (!output_file_add(file, &row, sizeof row, error))
            return false;
    }
    Elf64_Shdr weights = {
        .sh_name = (Elf64_Word)placement->old_names_size,
        .sh_type = SHT_PROGBITS,
        .sh_flags = SHF_ALLOC,
        .sh_offset = placement->weights,
        .sh_size = section->size,
        .sh_addralign = BUILT_ALIGNMENT,
    };
    return output_file_add(file, &weights, sizeof weights, error);
}

bool object_write(const ObjectCode *code, const char *symbol, const Section *section, OutputFile *file, StrataError *error)
{
    Placement placement;
    if (!section || !place(code, symbol, section, &placement)) {
        if (section && !is_object(code, &placement.head))
            return error_set(error, STRATA_INTERNAL, 0, "the compiler gave no object code for x86-64");
        return output_file_add(file, code->bytes, code->size, error);
    }
    size_t start = file->written;
    return write_code(code, &placement, section, file, error) && output_file_fill(file, start + placement.weights, error) &&
           section_write(section, file, error) &&
           output_file_add(file, code->bytes + placement.old_names, placement.old_names_size, error) &&
           output_file_add(file, section_name, sizeof section_name, error) &&
           output_file_fill(file, start + placement.headers, error) && write_headers(code, &placement, section, file, error);
}
