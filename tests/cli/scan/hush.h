/* SPDX-License-Identifier: BSD-2-Clause */
/* What complain() says, to be compared. */
#ifndef NMX_TESTS_SCAN_HUSH_H
#define NMX_TESTS_SCAN_HUSH_H

/* From now on standard error is kept; what came, for free(). */
void hush(void);
char *hush_said(void);

#endif
