/* The stable codes of the runtime's errors: about tensors, files and memory; docs/errors/EXXXX.md explains each. */
#ifndef STRATA_BASE_CODES_H
#define STRATA_BASE_CODES_H

enum {
    E_SAFETENSORS_DAMAGED = 780, /* the structure of a safetensors file is wrong */
    E_SAFETENSORS_KIND = 781,    /* a tensor of a kind that Strata does not read */
    E_NAME_TWICE = 782,          /* two tensors of one name in a set */

    E_FILE_READ = 801,      /* a file or folder cannot be opened or read */
    E_FILE_WRITE = 802,     /* a file cannot be written */
    E_FILE_LARGE = 803,     /* a file, or what it unpacks to, passes a limit */
    E_GZIP_DAMAGED = 804,   /* compressed data is damaged */
    E_FORMAT_UNKNOWN = 805, /* the format of a file cannot be told, or cannot be written */
    E_TENSOR_SIZE = 806,    /* a shape that no tensor can have */
    E_ENTRY_RANGE = 807,    /* an entry does not fit the kind it is converted to */

    E_NPY_DAMAGED = 810,
    E_NPY_KIND = 811,
    E_NPZ_DAMAGED = 812,
    E_NPZ_FEATURE = 813, /* encryption, or a compression other than deflate */
    E_IDX_DAMAGED = 820,
    E_PNG_DAMAGED = 830,
    E_PICTURE_SHAPE = 831, /* a tensor that is no picture is to be written as one */
    E_FOLDER_EMPTY = 832,  /* a folder without a PNG */
    E_PICTURES_DIFFER = 833,

    E_WAV_DAMAGED = 834,   /* a sound file whose structure is wrong, or that is compressed */
    E_TABLE_DAMAGED = 860, /* a CSV file whose rows do not fit together, or with text where a number should be */

    E_MEMORY = 1090, /* an allocation failed, or the system refuses a thread */
};

#endif
