/* Operations that copy: views, slices, joins, padding, gathering. */
#include "ops/harness.h"

#include <setjmp.h>

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
        trial_rejects(&(Trial){.op = "slice", .operands = {TYPE(7)}, .attributes = bad[i]}, 645, "nothing to take");
    trial_rejects(&(Trial){.op = "slice", .operands = {TYPE(7)}, .attributes = "axis=1 start=0 stop=1"}, 670, "no axis 1");
    trial_rejects(&(Trial){.op = "slice", .operands = {{.rank = 0}}, .attributes = "axis=0 start=0 stop=1"}, 670, "no axis 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reshape_keeps_every_entry),   cmocka_unit_test(reshape_refuses_other_counts),
        cmocka_unit_test(broadcast_repeats),           cmocka_unit_test(permute_orders_axes),
        cmocka_unit_test(slice_takes_from_either_end), cmocka_unit_test(slice_refuses_what_is_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
