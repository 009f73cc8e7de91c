/* Reading zip archives, as far as npz needs it: the table of members at the end, members stored or deflated, 64-bit sizes.
 *
 * Encryption, other compressions and archives in several parts are refused (E0813); whatever contradicts itself is damage (E0812). */
#ifndef STRATA_FILE_ZIP_H
#define STRATA_FILE_ZIP_H

#include "file/read.h"

typedef struct ZipMember {
    const unsigned char *name; /* in the archive; not ended by a 0 */
    size_t name_length;
    bool deflated;
    uint32_t checksum;           /* CRC-32 of the unpacked bytes */
    const unsigned char *packed; /* in the archive */
    size_t packed_size;
    size_t size; /* unpacked */
} ZipMember;

typedef struct ZipArchive {
    StrataAllocator allocator;
    const FileContent *content; /* outlives the archive */
    ZipMember *members;
    size_t count;
} ZipArchive;

/* True when the bytes begin as a zip archive does, with a member or with the end of an empty one. */
bool zip_recognise(const unsigned char *bytes, size_t size);

/* Reads the table of members. False with E0812, E0813 or E0803 (what deflated members say they unpack to, together, is above
 * GZIP_LARGEST); nothing is then to be released. */
bool zip_open(ZipArchive *archive, const StrataAllocator *allocator, const FileContent *content, StrataError *error);
void zip_release(ZipArchive *archive);

/* The bytes of a member, checked against its checksum: in the archive itself when stored, else unpacked into `*block`, which the
 * caller releases (null when stored). Null with `error` filled. */
const unsigned char *zip_unpack(const ZipArchive *archive, const ZipMember *member, Block **block, StrataError *error);

#endif
