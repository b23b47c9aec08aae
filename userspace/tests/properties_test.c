// SPDX-License-Identifier: GPL-2.0
/* The kernel's tests of properties, outside of it. */
#include "../../kernel/properties.c"
#include "../../kernel/test/properties_test.c"
