/* SPDX-License-Identifier: BSD-2-Clause */
/* A verdict's sentence, where it says something of the certificate or of the failure. */
#ifndef NMX_TLS_VERDICT_TEXT_H
#define NMX_TLS_VERDICT_TEXT_H

#include "tls/prepared.h"
#include "tls/sentence.h"

/* "TLSA 3 1 1 ab12cd34..." */
void verdict_text_tlsa(struct sentence *text, const struct nmx_tlsa *tlsa);
/* "certificate is for a.example, b.example, not for mx.example" */
void verdict_text_name(struct sentence *text, SSL *ssl, const struct nmx_endpoint *endpoint);
/* "certificate expired 2026-01-02" */
void verdict_text_date(struct sentence *text, SSL *ssl);
/* "certificate is not trusted: self-signed certificate" */
void verdict_text_untrusted(struct sentence *text, SSL *ssl, long error);
/* "handshake failed: unsupported protocol", by the error queue. */
void verdict_text_handshake(struct sentence *text, SSL *ssl);

#endif
