/* SHA-256 against the examples of FIPS 180-4 and of the Secure Hash Algorithm Validation System, and in pieces of any size. */
#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *bytes, const char *digest)
{
    char text[SHA256_TEXT];
    sha256_text(bytes, strlen(bytes), text);
    assert_string_equal(text, digest);
}

static void hashes_are_those_of_the_standard(void **state)
{
    (void)state;
    expect("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    expect("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
           "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

static void a_million_letters_in_pieces(void **state)
{
    (void)state;
    char letters[997];
    memset(letters, 'a', sizeof letters);
    Sha256 hash;
    sha256_start(&hash);
    size_t rest = 1000000;
    for (size_t piece = 0; rest > 0; piece = (piece + 1) % sizeof letters) {
        size_t length = piece < rest ? piece : rest;
        sha256_add(&hash, letters, length);
        rest -= length;
    }
    unsigned char digest[SHA256_BYTES];
    sha256_end(&hash, digest);
    const unsigned char expected[] = {0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7,
                                      0xe2, 0x84, 0xd7, 0x3e, 0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97,
                                      0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0};
    assert_memory_equal(digest, expected, SHA256_BYTES);
}

/* Every length around the end of a block pads in another way; one call and calls of one byte must agree. */
static void lengths_around_a_block(void **state)
{
    (void)state;
    char bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    for (size_t length = 50; length < sizeof bytes; length++) {
        unsigned char whole[SHA256_BYTES], single[SHA256_BYTES];
        Sha256 hash;
        sha256_start(&hash);
        sha256_add(&hash, bytes, length);
        sha256_end(&hash, whole);
        sha256_start(&hash);
        for (size_t i = 0; i < length; i++)
            sha256_add(&hash, bytes + i, 1);
        sha256_end(&hash, single);
        assert_memory_equal(whole, single, SHA256_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_standard),
        cmocka_unit_test(a_million_letters_in_pieces),
        cmocka_unit_test(lengths_around_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
