/* strata weights: files of weights, looked at and changed. */
#include "tool/output.h"
#include "tool/session.h"

#include <inttypes.h>
#include <string.h>

static void print_shape(const StrataTensor *tensor)
{
    int rank = strata_tensor_rank(tensor);
    if (rank == 0)
        fputs("scalar", stdout);
    for (int axis = 0; axis < rank; axis++)
        printf("%s%" PRId64, axis ? "x" : "", strata_tensor_size(tensor, axis));
}

static void list_text(const StrataTensorSet *set)
{
    int64_t total = 0;
    for (int64_t i = 0; i < strata_tensor_set_count(set); i++) {
        const StrataTensor *tensor = strata_tensor_set_tensor(set, i);
        printf("%-40s %-10s ", strata_tensor_set_name(set, i), strata_kind_name(strata_tensor_kind(tensor)));
        print_shape(tensor);
        putchar('\n');
        total += strata_tensor_elements(tensor);
    }
    printf("%" PRId64 " tensors, %" PRId64 " entries\n", strata_tensor_set_count(set), total);
}

static void list_json(const StrataTensorSet *set)
{
    fputs("[", stdout);
    for (int64_t i = 0; i < strata_tensor_set_count(set); i++) {
        const StrataTensor *tensor = strata_tensor_set_tensor(set, i);
        fputs(i ? ",\n {\"name\":" : "\n {\"name\":", stdout);
        output_json_string(strata_tensor_set_name(set, i));
        printf(",\"kind\":\"%s\",\"shape\":[", strata_kind_name(strata_tensor_kind(tensor)));
        for (int axis = 0; axis < strata_tensor_rank(tensor); axis++)
            printf("%s%" PRId64, axis ? "," : "", strata_tensor_size(tensor, axis));
        fputs("]}", stdout);
    }
    fputs("\n]\n", stdout);
}

static ExitCode list_or_convert(Session *session, const char *from, const char *to)
{
    StrataError error;
    session->inputs = strata_tensor_set_read(&session->allocator, from, &error);
    if (!session->inputs)
        return message_failure(&error);
    if (to)
        return strata_tensor_set_write(session->inputs, to, &error) ? EXIT_DONE : message_failure(&error);
    (arguments_has(session->arguments, "json") ? list_json : list_text)(session->inputs);
    return EXIT_DONE;
}

/* The weights of a net to a file: read from another (`from`), or initial ones. */
static ExitCode write_weights(Session *session, const char *to)
{
    StrataError error;
    if (!session_weights(session))
        return EXIT_WRONG_INPUT;
    return strata_tensor_set_write(strata_weights_set(session->weights), to, &error) ? EXIT_DONE : message_failure(&error);
}

static ExitCode wrong_operands(const Arguments *arguments, const char *form)
{
    return usage_error(arguments->verb, 1206, "this is used as: strata weights %s", form);
}

static void print_wanted(const StrataValue *value, const char *what)
{
    printf("%-40s %-10s ", value->name, what);
    for (int axis = 0; axis < value->rank; axis++)
        printf("%s%" PRId64, axis ? "x" : "", value->sizes[axis]);
    puts(value->rank ? "" : "scalar");
}

/* What a net wants: the names and shapes of its weights and states. */
static ExitCode list_wanted(Session *session, const char *path)
{
    if (!session_module(session, path) || !session_net(session))
        return EXIT_WRONG_INPUT;
    StrataValue value;
    for (int64_t i = 0; strata_net_weight(session->net, i, &value); i++)
        print_wanted(&value, value.frozen ? "frozen" : "trained");
    for (int64_t i = 0; strata_net_state(session->net, i, &value); i++)
        print_wanted(&value, "state");
    return EXIT_DONE;
}

static ExitCode act(Session *session)
{
    const Arguments *arguments = session->arguments;
    const char *const *words = arguments->operands;
    int count = arguments->operand_count;
    if (strcmp(words[0], "list") == 0 && count == 2 && path_ends_with(words[1], ".net"))
        return list_wanted(session, words[1]);
    if (strcmp(words[0], "list") == 0)
        return count == 2 ? list_or_convert(session, words[1], NULL) : wrong_operands(arguments, "list FILE");
    if (strcmp(words[0], "convert") == 0)
        return count == 3 ? list_or_convert(session, words[1], words[2]) : wrong_operands(arguments, "convert FROM TO");
    bool fit = strcmp(words[0], "fit") == 0;
    if (count != 3)
        return wrong_operands(arguments, fit ? "fit MODEL TO --weights FROM" : "initialise MODEL TO --seed N");
    if (fit != arguments_has(arguments, "weights"))
        return wrong_operands(arguments, fit ? "fit MODEL TO --weights FROM" : "initialise MODEL TO --seed N");
    if (!session_module(session, words[1]) || !session_net(session))
        return EXIT_WRONG_INPUT;
    return write_weights(session, words[2]);
}

static ExitCode run_weights(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    ExitCode code = act(&session);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option weights_options[] = {
    OPTION_WEIGHTS, OPTION_MAP, OPTION_LEFT_OVER, OPTION_SEED, OPTION_NET, OPTION_SET, OPTION_JSON, {0},
};

const Verb verb_weights = {
    .name = "weights",
    .operands = "list|convert|initialise|fit FILE...",
    .summary = "list, convert and make files of weights",
    .description =
        "list FILE: names, kinds and shapes; of a model, what it wants. convert FROM TO: another format, by the end of the name: "
        ".safetensors or .npz.\n\n"
        "initialise MODEL TO --seed N: the values that training starts from.\n\n"
        "fit MODEL TO --weights FROM: checks the weights of a file against a net and writes them with the net's names. Foreign "
        "names are given with --map\n"
        "(ours=theirs, or a file of such lines), or with `--map order`, which pairs the rest in order when the shapes agree and "
        "says "
        "each pair.",
    .examples = "strata weights list lenet.safetensors\nstrata weights convert lenet.npz lenet.safetensors\n"
                "strata weights initialise --seed 1 lenet.net start.safetensors\n"
                "strata weights fit --weights torch.npz --map names.txt lenet.net lenet.safetensors",
    .options = weights_options,
    .least = 2,
    .most = 3,
    .operand_kind = VALUE_WORDS,
    .operand_words = "list convert initialise fit",
    .run = run_weights,
};
