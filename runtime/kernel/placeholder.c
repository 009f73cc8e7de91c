#include "kernel/real.h"
extern const int KERNEL_NAME(kernel_placeholder);
const int KERNEL_NAME(kernel_placeholder) = (int)sizeof(real);
