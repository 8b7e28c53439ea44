/* SPDX-License-Identifier: BSD-2-Clause */
/* Which label a domain has in each group: decisions only, as docs/compare.schema.json describes them. */
#ifndef NMX_CLI_COMPARE_JUDGE_H
#define NMX_CLI_COMPARE_JUDGE_H

#include "cli/compare/read.h"

enum { NOT_COUNTED = -1 };

/* The label of each group, an index into its labels; NOT_COUNTED: the group is not about it. */
void judge_line(const struct read_line *line, int ret_labels[N_GROUPS]);

/* The route by MX alone. */
const struct read_way *judge_way_mx(const struct read_line *line);
/* It delivers both ways, and by SRV first: there is something to compare. */
bool judge_is_compared(const struct read_line *line);

/* Parts of it. */
enum label_publish judge_publish(enum label_state srv, enum label_state mx);
enum label_agreement judge_agreement(const struct read_records *srv, const struct read_records *mx);
enum label_ports judge_ports(const struct read_records *srv);
enum label_tiers judge_tiers(const struct read_records *srv);
enum label_weights judge_weights(const struct read_records *srv);
enum label_change judge_change(enum label_outcome outcome, enum label_outcome by_mx);
/* The least of the first n hosts. */
enum label_tls judge_tls(const struct read_host *hosts, size_t n);

#endif
