/* Rows of products of spectra with filters, summed over periods; ../stripes.h says how a bank of filters lies. */
#ifndef STRATA_KERNEL_VECTOR_STRIPE_SUM_H
#define STRATA_KERNEL_VECTOR_STRIPE_SUM_H

#if !defined(VECTOR_EIGHT)
#define VECTOR_EIGHT
#endif
#include "kernel/stripes.h"
#include "kernel/vector/vector.h"

typedef struct StripeBank {
    const real *factors, *runs, *starts;
    bool spread;   /* the wavelets of one image lie side by side, and its spectrum in planes */
    int64_t plane; /* then reals from real to imaginary parts */
} StripeBank;

/* Reads numbers from a constant. */
static inline int64_t stripe_whole(real value)
{
    return (int64_t)value;
}

/* Some terms of a run. It is handed on by value, since stores might change what a pointer leads to. */
typedef struct StripeRun {
    const real *factors;
    int64_t stride; /* from the factors of an entry to those of the next */
    const real *places;
    const real *spectrum;
    int64_t length;
    real *to;
    int64_t pitch; /* from one result to the next */
} StripeRun;

enum { STRIPE_TERMS = 4 }; /* that are summed in registers; more are added to what is there */

/* A part of a pair, as long as instructions allow: both halves of it have the same factor. */
#if defined(__AVX512F__)
enum { PART_BYTES = 64 };
#else
enum { PART_BYTES = VECTOR_BYTES };
#endif
typedef real Part __attribute__((vector_size(PART_BYTES)));
typedef real PartInMemory __attribute__((vector_size(PART_BYTES), aligned(sizeof(real)), may_alias));
enum { PART_REALS = PART_BYTES / sizeof(real), PARTS = STRIPE_PAIR / PART_REALS };

/* Sums `terms` terms an entry of eight images with one filter; `more`: onto what is there. */
VECTOR_INLINE void sum_side_by_side(int terms, bool more, StripeRun run)
{
    const real *from[STRIPE_TERMS];
    VECTOR_UNROLL
    for (int t = 0; t < terms; t++)
        from[t] = run.spectrum + stripe_whole(run.places[t]) * STRIPE_PAIR;
    VECTOR_LOOP
    for (int64_t i = 0; i < run.length; i++) {
        PartInMemory *to = (PartInMemory *)run.to;
        Part sum[PARTS];
        VECTOR_UNROLL
        for (int k = 0; k < PARTS; k++)
            sum[k] = more ? (Part)to[k] : (Part){0};
        VECTOR_UNROLL
        for (int t = 0; t < terms; t++) {
            const PartInMemory *x = (const PartInMemory *)(from[t] + i * STRIPE_PAIR);
            VECTOR_UNROLL
            for (int k = 0; k < PARTS; k++)
                sum[k] += x[k] * run.factors[t];
        }
        VECTOR_UNROLL
        for (int k = 0; k < PARTS; k++)
            to[k] = sum[k];
        run.factors += run.stride;
        run.to += run.pitch;
    }
}

/* The same of one image, in planes, with eight filters. */
VECTOR_INLINE void sum_spread(int terms, bool more, StripeRun run, int64_t plane)
{
    const real *from[STRIPE_TERMS];
    VECTOR_UNROLL
    for (int t = 0; t < terms; t++)
        from[t] = run.spectrum + stripe_whole(run.places[t]);
    VECTOR_LOOP
    for (int64_t i = 0; i < run.length; i++) {
        VECTOR_UNROLL
        for (int v = 0; v < STRIPE; v += VECTOR_REALS) {
            real *to = run.to + v;
            vector re = more ? vector_load(to) : vector_fill(0), im = more ? vector_load(to + STRIPE) : vector_fill(0);
            VECTOR_UNROLL
            for (int t = 0; t < terms; t++) {
                vector factor = vector_load(run.factors + t * STRIPE + v);
                re = vector_multiply_add(vector_fill(from[t][i]), factor, re);
                im = vector_multiply_add(vector_fill(from[t][i + plane]), factor, im);
            }
            vector_store(to, re);
            vector_store(to + STRIPE, im);
        }
        run.factors += run.stride;
        run.to += run.pitch;
    }
}

VECTOR_INLINE void sum_terms(bool spread, int terms, bool more, StripeRun run, int64_t plane)
{
    if (spread)
        sum_spread(terms, more, run, plane);
    else
        sum_side_by_side(terms, more, run);
}

VECTOR_INLINE void sum_few(bool spread, int64_t terms, bool more, StripeRun run, int64_t plane)
{
    switch (terms) {
    case 1:
        sum_terms(spread, 1, more, run, plane);
        break;
    case 2:
        sum_terms(spread, 2, more, run, plane);
        break;
    case 3:
        sum_terms(spread, 3, more, run, plane);
        break;
    default:
        sum_terms(spread, STRIPE_TERMS, more, run, plane);
    }
}

/* The terms of a run behind the first STRIPE_TERMS. */
static void sum_more(bool spread, int64_t terms, StripeRun run, int64_t plane)
{
    for (terms -= STRIPE_TERMS; terms > 0; terms -= STRIPE_TERMS) {
        run.factors += STRIPE_TERMS * (spread ? STRIPE : 1);
        run.places += STRIPE_TERMS;
        if (spread)
            sum_few(true, terms, true, run, plane);
        else
            sum_few(false, terms, true, run, plane);
    }
}

static void clear_run(StripeRun run)
{
    for (int64_t i = 0; i < run.length; i++)
        vector_clear(run.to + i * run.pitch, STRIPE_PAIR);
}

/* A row of runs, whose factors begin at `factors`. */
VECTOR_INLINE void sum_runs(bool spread, const real *run, const real *end, const real *factors, const real *spectrum, int64_t plane,
                            real *to, int64_t pitch)
{
    const int64_t lanes = spread ? STRIPE : 1;
    while (run < end) {
        int64_t length = stripe_whole(run[STRIPE_RUN_LENGTH]), terms = stripe_whole(run[STRIPE_RUN_TERMS]);
        StripeRun now = {factors, terms * lanes, run + STRIPE_RUN_PLACES, spectrum, length, to, pitch};
        if (terms == 0)
            clear_run(now);
        else
            sum_few(spread, terms, false, now, plane);
        if (terms > STRIPE_TERMS)
            sum_more(spread, terms, now, plane);
        factors += length * terms * lanes;
        to += length * pitch;
        run += STRIPE_RUN_PLACES + terms;
    }
}

/* Row `row` of a product, counted through all filters; its entries are written `pitch` reals apart. */
static void sum_row(const StripeBank *bank, int64_t row, const real *spectrum, real *to, int64_t pitch)
{
    const real *run = bank->runs + stripe_whole(bank->starts[row]), *end = bank->runs + stripe_whole(bank->starts[row + 1]);
    int64_t first = stripe_whole(*run++);
    if (bank->spread)
        sum_runs(true, run, end, bank->factors + first * STRIPE, spectrum, bank->plane, to, pitch);
    else
        sum_runs(false, run, end, bank->factors + first, spectrum, 0, to, pitch);
}

#endif
