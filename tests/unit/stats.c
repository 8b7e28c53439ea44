/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats.h"

#include <math.h>

enum { MOST_STEPS = 10000 };

/* The regularized incomplete gamma functions, each where it converges fast: Abramowitz and Stegun,
 * 6.5.29 (series for P) and 6.5.31 (continued fraction for Q, evaluated by Lentz's method). */
static double
gamma_p_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int i = 1; i < MOST_STEPS && term > sum * 1e-16; i++) {
		term *= x / (a + i);
		sum += term;
	}
	return sum * exp(-x + a * log(x) - lgamma(a));
}

static double
gamma_q_fraction(double a, double x)
{
	const double tiny = 1e-300;
	double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;

	for (int i = 1; i < MOST_STEPS; i++) {
		double numerator = -i * (i - a), delta;

		b += 2;
		d = numerator * d + b;
		c = b + numerator / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		delta = d * c;
		h *= delta;
		if (fabs(delta - 1) < 1e-15)
			break;
	}
	return h * exp(-x + a * log(x) - lgamma(a));
}

double
stats_chi_square_tail(double x, double df)
{
	double a = df / 2, half = x / 2;

	if (x <= 0)
		return 1;
	return half < a + 1 ? 1 - gamma_p_series(a, half) : gamma_q_fraction(a, half);
}

double
stats_chi_square(const size_t *counts, const double *probabilities, size_t n)
{
	double total = 0, x = 0, rare_expected = 0, rare_counted = 0;
	size_t cells = 0;

	for (size_t i = 0; i < n; i++)
		total += (double)counts[i];
	for (size_t i = 0; i < n; i++) {
		double expected = total * probabilities[i], counted = (double)counts[i];

		if (expected <= 0 && counts[i])
			return 0;
		if (expected < 5) {
			rare_expected += expected;
			rare_counted += counted;
			continue;
		}
		x += (counted - expected) * (counted - expected) / expected;
		cells++;
	}
	if (rare_expected > 0) {
		x += (rare_counted - rare_expected) * (rare_counted - rare_expected) /
		     rare_expected;
		cells++;
	}
	return cells > 1 ? stats_chi_square_tail(x, (double)(cells - 1)) : 1;
}
