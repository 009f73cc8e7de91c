/* Operations on batches in lanes: kernels at every level against their definitions.
 *
 * A sum of n products is off by at most n epsilon times the sum of the absolute products, whatever the order; a bias is one more term, a mean over the batch one
 * more operation. Rectifiers never enlarge a difference. */
#include "ops/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct Case {
    int64_t samples, channels, filters, height, width, groups;
    int64_t window[2], stride[2], padding[4], dilation[2];
    const char *tail;
} Case;

static const Case cases[] = {
    {1, 1, 1, 1, 1, 1, {1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}, ""},
    {16, 1, 6, 9, 11, 1, {5, 5}, {1, 1}, {2, 2, 2, 2}, {1, 1}, "bias=true relu=true"},
    {19, 6, 16, 7, 10, 1, {5, 5}, {1, 1}, {0, 0, 0, 0}, {1, 1}, "bias=true"},
    {3, 3, 7, 13, 5, 1, {3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, "relu=true"},
    {8, 5, 4, 8, 9, 1, {3, 3}, {2, 2}, {1, 1, 1, 1}, {1, 1}, ""},
    {33, 4, 9, 6, 6, 1, {1, 1}, {2, 2}, {0, 0, 0, 0}, {1, 1}, ""},
    {17, 2, 3, 11, 13, 1, {3, 2}, {3, 2}, {2, 0, 0, 1}, {1, 2}, "bias=true"},
    {5, 6, 4, 5, 7, 2, {2, 3}, {1, 1}, {0, 1, 2, 0}, {2, 1}, "bias=true"},
    {2, 4, 4, 6, 5, 4, {3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, ""},
    {1, 64, 2, 7, 70, 1, {3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, ""},
    {20, 2, 2, 3, 3, 1, {2, 2}, {3, 3}, {3, 3, 3, 3}, {1, 1}, ""},
};

static void write_attributes(const Case *c, char *to, size_t size)
{
    snprintf(to, size, "samples=%d groups=%d window=[%d,%d] stride=[%d,%d] padding=[%d,%d,%d,%d] dilation=[%d,%d]", (int)c->samples,
             (int)c->groups, (int)c->window[0], (int)c->window[1], (int)c->stride[0], (int)c->stride[1], (int)c->padding[0],
             (int)c->padding[1], (int)c->padding[2], (int)c->padding[3], (int)c->dilation[0], (int)c->dilation[1]);
}

static int64_t positions(const Case *c, int axis)
{
    int64_t size = axis == 0 ? c->height : c->width, both = c->padding[2 * axis] + c->padding[2 * axis + 1];
    return (size + both - (c->window[axis] - 1) * c->dilation[axis] - 1) / c->stride[axis] + 1;
}

static Type operand_type(const Case *c, int64_t lanes)
{
    return (Type)TYPE((c->samples + lanes - 1) / lanes, c->channels, c->height, c->width, lanes);
}

static Type result_type(const Case *c, int64_t lanes)
{
    return (Type)TYPE((c->samples + lanes - 1) / lanes, c->filters, positions(c, 0), positions(c, 1), lanes);
}

static void check_convolution(const Case *c, int64_t lanes)
{
    char window[200], attributes[300];
    write_attributes(c, window, sizeof window);
    int64_t taps = c->window[0] * c->window[1];
    Type weight = TYPE(c->filters, c->channels / c->groups, c->window[0], c->window[1]);
    Trial trial = {.precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE, .scale = SCALE_ABSOLUTE};
    snprintf(attributes, sizeof attributes, "%s %s", window, c->tail);
    Trial forward = trial;
    forward.op = "convolve_lanes";
    forward.attributes = attributes;
    forward.operands[0] = operand_type(c, lanes);
    forward.operands[1] = weight;
    forward.operands[2] = (Type)TYPE(c->filters);
    forward.operand_count = strstr(c->tail, "bias") ? 3 : 2;
    forward.terms = (double)(c->channels / c->groups * taps + 1);
    trial_check(&forward);
    Trial gradient = trial;
    gradient.op = "convolve_lanes_weight";
    gradient.attributes = window;
    gradient.operands[0] = operand_type(c, lanes);
    gradient.operands[1] = result_type(c, lanes);
    gradient.terms = (double)(c->samples * positions(c, 0) * positions(c, 1) + 2);
    trial_check(&gradient);
    Trial back = trial;
    snprintf(attributes, sizeof attributes, "%s size=[%d,%d]", window, (int)c->height, (int)c->width);
    back.op = "convolve_lanes_back";
    back.attributes = attributes;
    back.operands[0] = result_type(c, lanes);
    back.operands[1] = weight;
    back.terms = (double)(c->filters / c->groups * taps);
    trial_check(&back);
}

static void convolutions_agree_with_their_definition(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_convolution(&cases[i], 16);
        check_convolution(&cases[i], 8);
    }
}

static void a_convolution_agrees_when_compiled(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "convolve_lanes_back",
                         .attributes = "samples=23 groups=1 size=[5,6] window=[3,3] stride=[1,1] padding=[1,1,1,1] dilation=[1,1]",
                         .operands = {TYPE(2, 4, 5, 6, 16), TYPE(4, 3, 3, 3)},
                         .precisions = PRECISIONS_SINGLE,
                         .compiled = true,
                         .scale = SCALE_ABSOLUTE,
                         .terms = 36});
}

static void batches_go_into_lanes_and_back(void **state)
{
    (void)state;
    static const int64_t samples[] = {1, 7, 16, 17, 64};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (int64_t lanes = 8; lanes <= 16; lanes += 8) {
            char to[60], from[60];
            snprintf(to, sizeof to, "samples=%d lanes=%d", (int)samples[i], (int)lanes);
            snprintf(from, sizeof from, "samples=%d", (int)samples[i]);
            TrialPrecision precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE;
            trial_check(&(Trial){.op = "to_lanes",
                                 .attributes = to,
                                 .operands = {BATCHED(3, 5, 9)},
                                 .samples = samples[i],
                                 .precisions = precisions,
                                 .scale = SCALE_EXACT});
            trial_check(&(Trial){.op = "from_lanes",
                                 .attributes = from,
                                 .operands = {TYPE((samples[i] + lanes - 1) / lanes, 3, 5, 9, lanes)},
                                 .samples = samples[i],
                                 .precisions = precisions,
                                 .scale = SCALE_EXACT});
        }
}

/* Few different entries, so that windows have several largest ones. */
static void values_go_back_to_the_first_largest_entry(void **state)
{
    (void)state;
    static const char *const windows[] = {
        "window=[2,2] stride=[2,2] padding=[0,0,0,0] dilation=[1,1]",
        "window=[3,3] stride=[2,2] padding=[1,1,1,1] dilation=[1,1]",
        "window=[2,3] stride=[1,1] padding=[0,0,1,0] dilation=[1,1]",
        "window=[1,1] stride=[3,3] padding=[0,0,0,0] dilation=[1,1]",
    };
    static const int64_t rows[] = {4, 4, 7, 3}, columns[] = {3, 3, 5, 2};
    enum { ENTRIES = 3 * 8 * 6 * 8 };
    double x[ENTRIES];
    for (int i = 0; i < ENTRIES; i++)
        x[i] = i % 11 == 3 ? NAN : (i * 7 + i / 5) % 4 - 1;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        for (int positive = 0; positive < 2; positive++) {
            char attributes[120];
            snprintf(attributes, sizeof attributes, "%s positive=%s", windows[i], positive ? "true" : "false");
            trial_check(&(Trial){.op = "spread_blocks",
                                 .attributes = attributes,
                                 .operands = {TYPE(3, 8, 6, 8), TYPE(3, rows[i], columns[i], 8)},
                                 .data = {x},
                                 .precisions = PRECISIONS_DOUBLE,
                                 .scale = SCALE_RESULT,
                                 .terms = 9,
                                 .floor = 9});
            trial_check(&(Trial){.op = "spread_blocks",
                                 .attributes = attributes,
                                 .operands = {BATCHED(2, 8, 6, 16), BATCHED(2, rows[i], columns[i], 16)},
                                 .samples = 3,
                                 .precisions = PRECISIONS_SINGLE,
                                 .scale = SCALE_RESULT,
                                 .terms = 9,
                                 .floor = 9});
        }
}

static void sums_leave_out_lanes_past_the_last_sample(void **state)
{
    (void)state;
    static const int64_t samples[] = {1, 8, 13, 16, 24, 39};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (int64_t lanes = 8; lanes <= 16; lanes += 8) {
            char attributes[60];
            snprintf(attributes, sizeof attributes, "samples=%d factor=0.25", (int)samples[i]);
            trial_check(&(Trial){.op = "sum_lanes",
                                 .attributes = attributes,
                                 .operands = {TYPE((samples[i] + lanes - 1) / lanes, 5, 3, 7, lanes)},
                                 .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                                 .scale = SCALE_ABSOLUTE,
                                 .terms = (double)(samples[i] * 21 + 1)});
        }
}

/* Each instruction by itself, then several; operands walked and repeated, runs of less and more than a piece. */
static void programs_agree_with_their_definition(void **state)
{
    (void)state;
    static const struct {
        const char *program;
        int operands;
        double low, terms; /* 3 units in the last place are the most that a function is off by */
    } uses[] = {
        {"[0,0,1,0]", 2, -1, 1},  {"[1,0,1,0]", 2, -1, 1},  {"[2,0,1,0]", 2, -1, 1},  {"[3,0,1,0]", 2, 0.1, 2},
        {"[4,0,1,0]", 2, -1, 0},  {"[5,0,1,0]", 2, -1, 0},  {"[6,0,0,0]", 1, -1, 0},  {"[7,0,1,0]", 2, -1, 0},
        {"[8,0,1,0]", 2, -1, 0},  {"[9,0,1,2]", 3, -1, 0},  {"[10,0,0,0]", 1, -1, 0}, {"[11,0,0,0]", 1, -1, 0},
        {"[12,0,0,0]", 1, 0, 1},  {"[13,0,0,0]", 1, -1, 0}, {"[14,0,0,0]", 1, -1, 4}, {"[15,0,0,0]", 1, 0.1, 8},
        {"[16,0,0,0]", 1, -1, 4}, {"[17,0,0,0]", 1, -1, 4},
    };
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        char attributes[60];
        snprintf(attributes, sizeof attributes, "program=%s", uses[i].program);
        trial_check(&(Trial){.op = "elements",
                             .attributes = attributes,
                             .operands = {BATCHED(7, 101), BATCHED(7, 101), TYPE(7, 1)},
                             .operand_count = uses[i].operands,
                             .samples = 3,
                             .low = uses[i].low,
                             .high = 1,
                             .scale = SCALE_RESULT,
                             .terms = uses[i].terms,
                             .floor = 1});
    }
    /* (a b + c) where a < c, else -c: three roundings of numbers below 2 */
    static const char program[] = "program=[2,0,1,0, 0,3,2,0, 7,0,2,0, 10,2,0,0, 9,5,4,6]";
    static const Type shapes[][3] = {
        {TYPE(1301), TYPE(1301), TYPE(1301)},
        {TYPE(2, 3, 5, 7, 16), TYPE(3, 1, 1, 1), TYPE(2, 3, 5, 7, 16)},
        {BATCHED(4, 700), {.rank = 0}, TYPE(700)},
        {BATCHED(1), BATCHED(1), BATCHED(1)},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        trial_check(&(Trial){.op = "elements",
                             .attributes = program,
                             .operands = {shapes[i][0], shapes[i][1], shapes[i][2]},
                             .operand_count = 3,
                             .samples = 5,
                             .scale = SCALE_RESULT,
                             .terms = 3,
                             .floor = 2});
}

static void sums_of_programs_leave_out_lanes_past_the_last_sample(void **state)
{
    (void)state;
    static const int64_t samples[] = {1, 8, 13, 16, 39};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (int64_t lanes = 8; lanes <= 16; lanes += 8)
            for (int64_t height = 1; height < 30; height += 14) {
                char attributes[120];
                int64_t sets = (samples[i] + lanes - 1) / lanes;
                snprintf(attributes, sizeof attributes, "samples=%d factor=0.25 program=[1,0,1,0, 2,3,2,0]", (int)samples[i]);
                trial_check(
                    &(Trial){.op = "sum_elements",
                             .attributes = attributes,
                             .operands = {TYPE(sets, 5, height, 7, lanes), TYPE(5, 1, 1, 1), TYPE(sets, 5, height, 7, lanes)},
                             .operand_count = 3,
                             .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                             .scale = SCALE_RESULT,
                             .terms = (double)(samples[i] * height * 7 + 3),
                             .floor = (double)(samples[i] * height * 7)});
            }
}

static void wrong_uses_are_refused(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "to_lanes", .attributes = "samples=0 lanes=8", .operands = {BATCHED(3)}}, 625, "samples");
    trial_rejects(&(Trial){.op = "to_lanes", .attributes = "samples=4 lanes=65", .operands = {BATCHED(3)}}, 625, "lanes");
    trial_rejects(&(Trial){.op = "to_lanes", .attributes = "samples=4 lanes=8", .operands = {TYPE(3)}}, 620, "no batch");
    trial_rejects(&(Trial){.op = "from_lanes", .attributes = "samples=17", .operands = {TYPE(2, 3, 8)}}, 620, "17 samples");
    trial_rejects(&(Trial){.op = "convolve_lanes",
                           .attributes = "samples=8 window=[17,1] stride=[1,1] padding=[0,0,0,0] dilation=[1,1]",
                           .operands = {TYPE(1, 1, 20, 20, 8), TYPE(1, 1, 17, 1)}},
                  625, "more than 16");
    trial_rejects(&(Trial){.op = "convolve_lanes_back",
                           .attributes = "samples=8 size=[3,3] window=[3,3] stride=[1,1] padding=[0,0,0,0] dilation=[1,1]",
                           .operands = {TYPE(1, 1, 2, 1, 8), TYPE(1, 1, 3, 3)}},
                  623, "positions");
    trial_rejects(&(Trial){.op = "elements", .attributes = "program=[0,0,1]", .operands = {TYPE(3), TYPE(3)}, .operand_count = 2},
                  624, "numbers");
    trial_rejects(&(Trial){.op = "elements", .attributes = "program=[0,0,2,0]", .operands = {TYPE(3), TYPE(3)}, .operand_count = 2},
                  625, "instruction 0");
    trial_rejects(
        &(Trial){
            .op = "sum_elements", .attributes = "samples=9 program=[10,0,0,0]", .operands = {TYPE(1, 3, 8)}, .operand_count = 1},
        620, "9 samples");
    trial_rejects(&(Trial){.op = "spread_blocks",
                           .attributes = "window=[2,2] stride=[2,2] padding=[0,0,0,0] dilation=[1,1]",
                           .operands = {TYPE(1, 4, 4, 8), TYPE(1, 3, 2, 8)}},
                  611, "do not go together");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_agree_with_their_definition),
        cmocka_unit_test(a_convolution_agrees_when_compiled),
        cmocka_unit_test(batches_go_into_lanes_and_back),
        cmocka_unit_test(values_go_back_to_the_first_largest_entry),
        cmocka_unit_test(sums_leave_out_lanes_past_the_last_sample),
        cmocka_unit_test(programs_agree_with_their_definition),
        cmocka_unit_test(sums_of_programs_leave_out_lanes_past_the_last_sample),
        cmocka_unit_test(wrong_uses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
