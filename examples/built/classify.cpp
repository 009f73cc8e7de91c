// Reads handwritten digits with a built LeNet, all of them in one call: `classify IMAGES LABELS`, both IDX files, unpacked.
#include "lenet.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <vector>

static std::vector<unsigned char> read(const char *path, std::size_t head)
{
    std::ifstream file(path, std::ios::binary);
    std::vector<unsigned char> bytes{std::istreambuf_iterator<char>(file), {}};
    return {bytes.begin() + static_cast<std::ptrdiff_t>(std::min(head, bytes.size())), bytes.end()};
}

int main(int count, char **words)
{
    if (count != 3 || lenet_check(LENET_SIGNATURE) != LENET_OK) {
        std::cerr << "usage: classify IMAGES LABELS\n";
        return 1;
    }
    const auto pixels = read(words[1], 16), labels = read(words[2], 8);
    const std::size_t batch = std::min(pixels.size() / LENET_IMAGE_SIZE, labels.size());
    std::vector<float> images(batch * LENET_IMAGE_SIZE), outputs(batch * LENET_OUTPUT_SIZE);
    std::transform(pixels.begin(), pixels.begin() + static_cast<std::ptrdiff_t>(images.size()), images.begin(),
                   [](unsigned char pixel) { return static_cast<float>(pixel) / 255; });
    const std::unique_ptr<void, void (*)(void *)> workspace{std::aligned_alloc(LENET_ALIGNMENT, lenet_workspace_size(batch)),
                                                            std::free};
    if (const int error = lenet_run(images.data(), outputs.data(), workspace.get(), batch)) {
        std::cerr << lenet_error_text(error) << '\n';
        return 1;
    }
    std::size_t right = 0;
    for (std::size_t i = 0; i < batch; i++) {
        const float *output = &outputs[i * LENET_OUTPUT_SIZE];
        right += std::max_element(output, output + LENET_OUTPUT_CLASSES) - output == labels[i];
    }
    std::cout << right << " of " << batch << " right\n";
}
