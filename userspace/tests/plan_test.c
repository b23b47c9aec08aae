// SPDX-License-Identifier: GPL-2.0
/* The kernel's tests of plans, outside of it. */
#include "../../kernel/properties.c"
#include "../../kernel/plan.c"
#include "../../kernel/test/plan_test.c"
