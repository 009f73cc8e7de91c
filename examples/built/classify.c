/* Reads handwritten digits with a built LeNet: `classify IMAGES LABELS`, both IDX files, unpacked. */
#include "lenet.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words)
{
    FILE *images = count == 3 ? fopen(words[1], "rb") : NULL, *labels = count == 3 ? fopen(words[2], "rb") : NULL;
    void *workspace = aligned_alloc(LENET_ALIGNMENT, lenet_workspace_size(1));
    if (!images || !labels || !workspace || lenet_check(LENET_SIGNATURE) != LENET_OK || fseek(images, 16, SEEK_SET) ||
        fseek(labels, 8, SEEK_SET))
        return fprintf(stderr, "usage: classify IMAGES LABELS\n"), 1;
    unsigned char pixels[LENET_IMAGE_SIZE];
    float image[LENET_IMAGE_SIZE], output[LENET_OUTPUT_SIZE];
    int right = 0, all = 0;
    while (fread(pixels, sizeof pixels, 1, images) == 1) {
        for (int i = 0; i < LENET_IMAGE_SIZE; i++)
            image[i] = (float)pixels[i] / 255;
        int error = lenet_run(image, output, workspace, 1), best = 0;
        if (error)
            return fprintf(stderr, "%s\n", lenet_error_text(error)), 1;
        for (int i = 1; i < LENET_OUTPUT_CLASSES; i++)
            best = output[i] > output[best] ? i : best;
        right += best == fgetc(labels);
        all++;
    }
    printf("%d of %d right\n", right, all);
    free(workspace);
    fclose(images);
    fclose(labels);
    return 0;
}
