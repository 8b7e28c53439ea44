/* SPDX-License-Identifier: BSD-2-Clause */
/* The event base that libunbound is given: part of a loop, which makes it and free()s it. */
#ifndef NMX_RESOLVER_LOOP_UNBOUND_H
#define NMX_RESOLVER_LOOP_UNBOUND_H

#include "resolver/loop.h"

/* NULL without memory. */
struct ub_event_base *loop_unbound_new(struct loop *loop);

#endif
