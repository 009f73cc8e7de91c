/* Reading WAV; see wav.h. A file is a list of chunks: four letters, a length in four little-endian bytes, the content, padded to an even length. */
#include "file/wav.h"

#include "base/codes.h"
#include "file/element.h"

#include <string.h>

enum {
    FILE_HEADER = 12,
    CHUNK_HEADER = 8,
    FORMAT_BYTES = 16,
    EXTENSIBLE_BYTES = 26,
    CODING_PCM = 1,
    CODING_FLOAT = 3,
    CODING_EXTENSIBLE = 0xFFFE
};

typedef struct WavFormat {
    int coding, channels, bits;
} WavFormat;

/* Where the samples are. */
typedef struct WavSamples {
    WavFormat format;
    const unsigned char *bytes;
    int64_t count; /* of each channel */
} WavSamples;

bool wav_recognise(const unsigned char *bytes, size_t size)
{
    return size >= FILE_HEADER && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WAVE", 4) == 0;
}

static bool damaged(StrataError *error, const char *name, const char *what)
{
    return error_set(error, STRATA_INVALID, E_WAV_DAMAGED, "%s: %s", name, what);
}

static bool read_format(const unsigned char *chunk, size_t size, WavFormat *format)
{
    if (size < FORMAT_BYTES)
        return false;
    format->coding = load_16(chunk, LITTLE_ENDIAN_BYTES);
    format->channels = load_16(chunk + 2, LITTLE_ENDIAN_BYTES);
    format->bits = load_16(chunk + 14, LITTLE_ENDIAN_BYTES);
    if (format->coding == CODING_EXTENSIBLE && size >= EXTENSIBLE_BYTES)
        format->coding = load_16(chunk + 24, LITTLE_ENDIAN_BYTES);
    bool whole =
        format->coding == CODING_PCM && (format->bits == 8 || format->bits == 16 || format->bits == 24 || format->bits == 32);
    return format->channels > 0 && (whole || (format->coding == CODING_FLOAT && format->bits == 32));
}

static float read_sample(const WavFormat *format, const unsigned char *at)
{
    switch (format->bits) {
    case 8: /* the only width without a sign */
        return ((float)at[0] - 128) / 128;
    case 16:
        return (float)(int16_t)load_16(at, LITTLE_ENDIAN_BYTES) / 32768;
    case 24:
        return (float)(int32_t)((uint32_t)at[0] << 8 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 24) / 2147483648.0F;
    default:
        break;
    }
    uint32_t word = load_32(at, LITTLE_ENDIAN_BYTES);
    float number;
    if (format->coding == CODING_PCM)
        return (float)(int32_t)word / 2147483648.0F;
    memcpy(&number, &word, sizeof number);
    return number;
}

static bool find_samples(const char *name, const unsigned char *bytes, size_t size, WavSamples *samples, StrataError *error)
{
    WavFormat *format = &samples->format;
    *samples = (WavSamples){0};
    if (!wav_recognise(bytes, size))
        return damaged(error, name, "is no WAV file");
    for (size_t at = FILE_HEADER; size - at >= CHUNK_HEADER;) {
        size_t length = load_32(bytes + at + 4, LITTLE_ENDIAN_BYTES);
        const unsigned char *content = bytes + at + CHUNK_HEADER;
        if (length > size - at - CHUNK_HEADER)
            return damaged(error, name, "the WAV file is cut off: a part is longer than what is left of it");
        if (memcmp(bytes + at, "fmt ", 4) == 0 && !read_format(content, length, format))
            return damaged(error, name, "the WAV file holds a coding that is not read; 16-bit PCM is");
        if (memcmp(bytes + at, "data", 4) == 0) {
            samples->bytes = content;
            samples->count = format->channels > 0 ? (int64_t)(length / (size_t)(format->bits / 8 * format->channels)) : 0;
            return format->channels > 0 || damaged(error, name, "the WAV file has samples before it says what they are");
        }
        size_t whole = CHUNK_HEADER + length + length % 2;
        if (whole > size - at)
            break;
        at += whole;
    }
    return damaged(error, name, "the WAV file has no samples");
}

/* Samples of all channels stand side by side in the file, one behind the other in the tensor. */
Tensor *wav_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error)
{
    WavSamples samples;
    if (!find_samples(name, bytes, size, &samples, error))
        return NULL;
    size_t width = (size_t)samples.format.bits / 8;
    int64_t sizes[2] = {samples.format.channels, samples.count};
    Tensor *tensor = tensor_make(allocator, STRATA_FLOAT32, 2, sizes, error);
    for (int64_t channel = 0; tensor && channel < sizes[0]; channel++)
        for (int64_t i = 0; i < sizes[1]; i++)
            ((float *)tensor->data)[channel * sizes[1] + i] =
                read_sample(&samples.format, samples.bytes + (size_t)(i * sizes[0] + channel) * width);
    return tensor;
}

bool wav_measure(const char *name, const unsigned char *bytes, size_t size, SampleForm *form, StrataError *error)
{
    WavSamples samples;
    if (!find_samples(name, bytes, size, &samples, error))
        return false;
    *form = (SampleForm){.kind = STRATA_FLOAT32, .rank = 2, .size = {samples.format.channels, samples.count}};
    return true;
}
