/* Operations that copy: views, slices, joins, padding, gathering. */
#include "ops/harness.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void reshape_keeps_every_entry(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "reshape", .operands = {BATCHED(2, 3, 5)}, .attributes = "shape=[5,-1]", .samples = 3});
    trial_check(&(Trial){.op = "reshape", .operands = {TYPE(1, 1)}, .attributes = "shape=[]"});
    trial_infers(&(Trial){.op = "reshape", .operands = {BATCHED(2, 3, 5)}, .attributes = "shape=[-1]"}, "f*[30]");
    trial_infers(&(Trial){.op = "reshape", .operands = {{.element = ELEMENT_COMPLEX, .rank = 0}}, .attributes = "shape=[1,1]"},
                 "c[1x1]");
}

static void reshape_refuses_other_counts(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "reshape", .operands = {TYPE(2, 3)}, .attributes = "shape=[4]"}, 640, "2x3 cannot become 4");
    trial_rejects(&(Trial){.op = "reshape", .operands = {TYPE(2, 3)}, .attributes = "shape=[4,-1]"}, 640, "2x3 cannot become");
    trial_rejects(&(Trial){.op = "reshape", .operands = {TYPE(2, 3)}, .attributes = "shape=[-1,-1]"}, 641, "[-1, -1]");
    trial_rejects(&(Trial){.op = "reshape", .operands = {TYPE(2, 3)}, .attributes = "shape=[0,6]"}, 641, "[0, 6]");
    trial_rejects(&(Trial){.op = "reshape", .operands = {TYPE(2, 3)}, .attributes = "shape=[1099511627776,1099511627776]"}, 612,
                  "2^40");
    trial_rejects(&(Trial){.op = "reshape", .operands = {TYPE(1)}, .attributes = "shape=[1,1,1,1,1,1,1,1,1]"}, 649, "8 dimensions");
}

static void broadcast_repeats(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "broadcast", .operands = {BATCHED(3, 1, 5)}, .attributes = "shape=[2,3,7,5]", .samples = 2});
    trial_check(&(Trial){.op = "broadcast", .operands = {TYPE(1)}, .attributes = "shape=[4,3]"});
    trial_check(&(Trial){.op = "broadcast",
                         .operands = {{.element = ELEMENT_COMPLEX, .batched = true, .rank = 0}},
                         .attributes = "shape=[2,3]",
                         .samples = 3});
    trial_check(
        &(Trial){.op = "broadcast", .operands = {{.element = ELEMENT_COMPLEX, TRIAL_SIZES(4, 1)}}, .attributes = "shape=[4,3]"});
    trial_rejects(&(Trial){.op = "broadcast", .operands = {TYPE(3)}, .attributes = "shape=[3,4]"}, 642,
                  "3 cannot be repeated to 3x4");
    trial_rejects(&(Trial){.op = "broadcast", .operands = {TYPE(3, 4)}, .attributes = "shape=[4]"}, 642, "3x4 cannot be");
}

static void permute_orders_axes(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "permute", .operands = {BATCHED(2, 3, 5, 7)}, .attributes = "axes=[3,1,0,2]", .samples = 3});
    trial_check(&(Trial){.op = "permute", .operands = {TYPE(2, 1, 5)}, .attributes = "axes=[1,0,2]"});
    trial_check(
        &(Trial){.op = "permute", .operands = {{.element = ELEMENT_COMPLEX, TRIAL_SIZES(4, 3)}}, .attributes = "axes=[1,0]"});
    trial_check(&(Trial){.op = "permute", .operands = {TYPE(2, 2, 2, 2, 2, 2, 2, 3)}, .attributes = "axes=[7,6,5,4,3,2,1,0]"});
    trial_rejects(&(Trial){.op = "permute", .operands = {TYPE(2, 3)}, .attributes = "axes=[0,0]"}, 643, "[0, 0]");
    trial_rejects(&(Trial){.op = "permute", .operands = {TYPE(2, 3)}, .attributes = "axes=[0]"}, 643, "[0]");
    trial_rejects(&(Trial){.op = "permute", .operands = {TYPE(2, 3)}, .attributes = "axes=[0,2]"}, 643, "[0, 2]");
}

static void slice_takes_from_either_end(void **state)
{
    (void)state;
    const char *const good[] = {"axis=1 start=1 stop=6 step=2",  "axis=1 start=-3 stop=-1",       "axis=1 start=-1 stop=-8 step=-1",
                                "axis=1 start=5 stop=0 step=-3", "axis=2 start=0 stop=1",         "axis=0 start=1 stop=2",
                                "axis=1 start=0 stop=7 step=7",  "axis=1 start=6 stop=-8 step=-7"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        trial_check(&(Trial){.op = "slice", .operands = {BATCHED(2, 7, 3)}, .attributes = good[i], .samples = 3});
        trial_check(
            &(Trial){.op = "slice", .operands = {{.element = ELEMENT_COMPLEX, TRIAL_SIZES(2, 7, 3)}}, .attributes = good[i]});
    }
    trial_infers(&(Trial){.op = "slice", .operands = {BATCHED(7)}, .attributes = "axis=0 start=1 stop=6 step=2"}, "f*[3]");
    trial_infers(&(Trial){.op = "slice", .operands = {BATCHED(7)}, .attributes = "axis=0 start=-1 stop=-8 step=-1"}, "f*[7]");
}

static void slice_refuses_what_is_outside(void **state)
{
    (void)state;
    const char *const bad[] = {"axis=0 start=3 stop=3",
                               "axis=0 start=0 stop=8",
                               "axis=0 start=7 stop=8",
                               "axis=0 start=0 stop=1 step=0",
                               "axis=0 start=-9 stop=3",
                               "axis=0 start=2 stop=5 step=-1",
                               "axis=0 start=0 stop=-8",
                               "axis=0 start=0 stop=9223372036854775807",
                               "axis=0 start=0 stop=1 step=-9223372036854775808"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        trial_rejects(&(Trial){.op = "slice", .operands = {TYPE(7)}, .attributes = bad[i]}, 645, "no slice");
    trial_rejects(&(Trial){.op = "slice", .operands = {TYPE(7)}, .attributes = "axis=1 start=0 stop=1"}, 670, "no axis 1");
    trial_rejects(&(Trial){.op = "slice", .operands = {{.rank = 0}}, .attributes = "axis=0 start=0 stop=1"}, 670, "no axis 0");
}

#define COMPLEX(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_COMPLEX, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }
#define INTEGERS(...)                                                                                                              \
    {                                                                                                                              \
        .element = ELEMENT_INTEGER, .batched = true, TRIAL_SIZES(__VA_ARGS__)                                                      \
    }

static void concatenate_joins(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "concatenate",
                         .operands = {BATCHED(2, 3, 5), BATCHED(2, 1, 5), BATCHED(2, 4, 5)},
                         .operand_count = 3,
                         .attributes = "axis=1",
                         .samples = 3});
    trial_check(&(Trial){.op = "concatenate", .operands = {TYPE(2, 3), BATCHED(1, 3)}, .operand_count = 2, .samples = 3});
    trial_check(&(Trial){.op = "concatenate", .operands = {BATCHED(2, 3)}, .attributes = "axis=1", .samples = 2});
    trial_check(
        &(Trial){.op = "concatenate", .operands = {COMPLEX(2, 3), COMPLEX(2, 4)}, .operand_count = 2, .attributes = "axis=1"});
    trial_infers(&(Trial){.op = "concatenate", .operands = {TYPE(2, 3), INTEGERS(1, 3)}, .operand_count = 2}, "f*[3x3]");
    trial_rejects(&(Trial){.op = "concatenate", .operands = {TYPE(2, 3), TYPE(2, 4)}, .operand_count = 2}, 646, "2x3 and 2x4");
    trial_rejects(&(Trial){.op = "concatenate", .operands = {TYPE(2, 3), TYPE(3)}, .operand_count = 2}, 646, "2x3 and 3");
    trial_rejects(&(Trial){.op = "concatenate", .operands = {TYPE(2), COMPLEX(2)}, .operand_count = 2}, 647, "complex 2");
    trial_rejects(&(Trial){.op = "concatenate", .operands = {{.rank = 0}, {.rank = 0}}, .operand_count = 2}, 670, "no axis 0");
    trial_rejects(&(Trial){.op = "concatenate",
                           .operands = {TYPE(1 << 20, 1 << 19), TYPE(1 << 20, 3 << 19)},
                           .operand_count = 2,
                           .attributes = "axis=1"},
                  612, "2^40");
}

static void pad_with_every_border(void **state)
{
    (void)state;
    const char *const modes[] = {"zero", "constant value=2.5", "reflect", "periodic", "replicate"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char attributes[100];
        snprintf(attributes, sizeof attributes, "amounts=[1,0,2,3,0,1] mode=%s", modes[i]);
        trial_check(&(Trial){.op = "pad", .operands = {BATCHED(2, 4, 5)}, .attributes = attributes, .samples = 3});
        trial_check(&(Trial){.op = "pad", .operands = {COMPLEX(2, 4, 5)}, .attributes = attributes});
        snprintf(attributes, sizeof attributes, "amounts=[4,2] mode=%s", modes[i]);
        trial_check(&(Trial){.op = "pad", .operands = {BATCHED(2, 3, 5)}, .attributes = attributes, .samples = 2});
        snprintf(attributes, sizeof attributes, "amounts=[] mode=%s", modes[i]);
        trial_check(&(Trial){.op = "pad", .operands = {{.rank = 0}}, .attributes = attributes});
    }
    trial_check(&(Trial){.op = "pad", .operands = {BATCHED(3)}, .attributes = "amounts=[11,13] mode=periodic", .samples = 2});
    trial_check(&(Trial){.op = "pad", .operands = {BATCHED(1)}, .attributes = "amounts=[4,5] mode=periodic", .samples = 2});
    trial_check(&(Trial){.op = "pad", .operands = {BATCHED(1)}, .attributes = "amounts=[4,5] mode=replicate", .samples = 2});
    trial_infers(&(Trial){.op = "pad", .operands = {BATCHED(1, 9, 8)}, .attributes = "amounts=[1,4,2,3]"}, "f*[1x14x13]");
}

static void pad_refuses_what_it_cannot_take(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "pad", .operands = {TYPE(3)}, .attributes = "amounts=[1]"}, 624, "1 number for 1 axis");
    trial_rejects(&(Trial){.op = "pad", .operands = {TYPE(3)}, .attributes = "amounts=[1,1,1,1]"}, 624, "4 numbers");
    trial_rejects(&(Trial){.op = "pad", .operands = {TYPE(3)}, .attributes = "amounts=[0,-1]"}, 625, "got -1");
    trial_rejects(&(Trial){.op = "pad", .operands = {TYPE(3)}, .attributes = "amounts=[3,0] mode=reflect"}, 627, "at most 2");
    trial_rejects(&(Trial){.op = "pad", .operands = {TYPE(3)}, .attributes = "amounts=[0,1099511627776]"}, 612, "2^40");
}

static void gather_takes_by_index(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "gather", .operands = {TYPE(7, 3), INTEGERS(2, 5)}, .below = 7, .samples = 3});
    trial_check(
        &(Trial){.op = "gather", .operands = {BATCHED(2, 7, 3), INTEGERS(5)}, .attributes = "axis=1", .below = 7, .samples = 3});
    trial_check(
        &(Trial){.op = "gather", .operands = {BATCHED(2, 7), {.element = ELEMENT_INTEGER}}, .attributes = "axis=1", .samples = 2});
    trial_check(
        &(Trial){.op = "gather", .operands = {COMPLEX(4, 3), INTEGERS(2)}, .attributes = "axis=1", .below = 3, .samples = 2});
    /* beyond either end, in between, no number */
    const double wrong[] = {-1, 3, 0.5, 2.75, 0.0 / 0.0, 1e300, -0.25, -1.0 / 0.0};
    trial_check(&(Trial){.op = "gather", .operands = {TYPE(3, 2), TYPE(8)}, .data = {NULL, wrong}});
    trial_check(&(Trial){.op = "one_hot", .operands = {TYPE(8)}, .attributes = "depth=3", .data = {wrong}});
    trial_infers(&(Trial){.op = "gather", .operands = {TYPE(7, 3), INTEGERS(2, 5)}}, "f*[2x5x3]");
    trial_rejects(&(Trial){.op = "gather", .operands = {TYPE(7), COMPLEX(2)}}, 650, "complex 2");
    trial_rejects(&(Trial){.op = "gather", .operands = {TYPE(7), INTEGERS(2)}, .attributes = "axis=1"}, 670, "no axis 1");
    trial_rejects(&(Trial){.op = "gather", .operands = {TYPE(1, 1, 1, 1, 1), INTEGERS(1, 1, 1, 1, 1)}}, 649, "got 9");
}

static void one_hot_marks_the_place(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "one_hot", .operands = {INTEGERS(4)}, .attributes = "depth=10", .samples = 3});
    trial_check(&(Trial){
        .op = "one_hot", .operands = {{.element = ELEMENT_INTEGER, .batched = true}}, .attributes = "depth=7", .samples = 5});
    trial_infers(&(Trial){.op = "one_hot", .operands = {INTEGERS(4)}, .attributes = "depth=10"}, "f*[4x10]");
    trial_rejects(&(Trial){.op = "one_hot", .operands = {INTEGERS(4)}, .attributes = "depth=0"}, 625, "got 0");
    trial_rejects(&(Trial){.op = "one_hot", .operands = {TYPE(1, 1, 1, 1, 1, 1, 1, 1)}, .attributes = "depth=2"}, 649, "got 9");
}

/* Weights are rounded once, three products and a sum on each axis. */
static void resize_in_every_way(void **state)
{
    (void)state;
    const Trial sizes[] = {
        {.operands = {BATCHED(2, 5, 6)}, .attributes = "size=[10,12]"},
        {.operands = {BATCHED(2, 5, 6)}, .attributes = "size=[3,4]"},
        {.operands = {BATCHED(2, 7)}, .attributes = "size=[5]"},
        {.operands = {BATCHED(2, 3, 4, 5)}, .attributes = "size=[5,2,7]"},
        {.operands = {BATCHED(2, 4, 6)}, .attributes = "size=[2,3]"},
        {.operands = {BATCHED(1, 1)}, .attributes = "size=[3,4]"},
        {.operands = {TYPE(3, 5)}, .attributes = "size=[1,1]"},
        {.operands = {TYPE(6)}, .attributes = "size=[6]"},
    };
    const char *const corners[] = {"half_pixel", "align"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int k = 0; k < 2; k++) {
            char attributes[100];
            Trial trial = sizes[i];
            trial.op = "resize";
            trial.samples = 3;
            trial.attributes = attributes;
            snprintf(attributes, sizeof attributes, "%s method=nearest corners=%s", sizes[i].attributes, corners[k]);
            trial_check(&trial);
            snprintf(attributes, sizeof attributes, "%s method=bilinear corners=%s", sizes[i].attributes, corners[k]);
            trial.scale = SCALE_ABSOLUTE;
            trial.terms = 15;
            trial_check(&trial);
        }
    const double infinite[] = {1, 1.0 / 0.0, 3};
    trial_check(
        &(Trial){.op = "resize", .operands = {TYPE(3)}, .attributes = "size=[5] method=linear corners=align", .data = {infinite}});
}

static void resize_of_known_places(void **state)
{
    (void)state;
    const double ramp[] = {0, 1, 2, 3};
    const double half_pixel[] = {0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3}, align[] = {0, 0.5, 1, 1.5, 2, 2.5, 3};
    double *result;
    trial_compute(&(Trial){.op = "resize", .operands = {TYPE(4)}, .attributes = "size=[8] method=linear", .data = {ramp}}, &result,
                  NULL);
    assert_memory_equal(result, half_pixel, sizeof half_pixel);
    free(result);
    trial_compute(
        &(Trial){.op = "resize", .operands = {TYPE(4)}, .attributes = "size=[7] method=linear corners=align", .data = {ramp}},
        &result, NULL);
    assert_memory_equal(result, align, sizeof align);
    free(result);
    trial_rejects(&(Trial){.op = "resize", .operands = {TYPE(4)}, .attributes = "size=[0]"}, 655, "of 0");
    trial_rejects(&(Trial){.op = "resize", .operands = {TYPE(4)}, .attributes = "size=[2,2]"}, 655, "[2, 2]");
    trial_rejects(&(Trial){.op = "resize", .operands = {TYPE(4)}, .attributes = "size=[9223372036854775807]"}, 655, "2^30");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(concatenate_joins),
        cmocka_unit_test(pad_with_every_border),
        cmocka_unit_test(pad_refuses_what_it_cannot_take),
        cmocka_unit_test(gather_takes_by_index),
        cmocka_unit_test(one_hot_marks_the_place),
        cmocka_unit_test(resize_in_every_way),
        cmocka_unit_test(resize_of_known_places),
        cmocka_unit_test(reshape_keeps_every_entry),
        cmocka_unit_test(reshape_refuses_other_counts),
        cmocka_unit_test(broadcast_repeats),
        cmocka_unit_test(permute_orders_axes),
        cmocka_unit_test(slice_takes_from_either_end),
        cmocka_unit_test(slice_refuses_what_is_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
