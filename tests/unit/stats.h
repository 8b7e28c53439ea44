/* SPDX-License-Identifier: BSD-2-Clause */
/* Pearson's chi-square test: does what was counted come from what was expected? */
#ifndef NMX_TESTS_STATS_H
#define NMX_TESTS_STATS_H

#include <stddef.h>

/* The probability that chi-square with df degrees of freedom is at least x. */
double stats_chi_square_tail(double x, double df);

/* The p value of n counts against their probabilities. Cells with an expectation under 5 are taken
 * together, for the approximation does not hold for them. A count where the probability is 0 gives
 * p = 0. */
double stats_chi_square(const size_t *counts, const double *probabilities, size_t n);

#endif
