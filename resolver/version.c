/* SPDX-License-Identifier: BSD-2-Clause */
#include <idn2.h>
#include <openssl/crypto.h>

#include "resolver/dns.h"
#include "resolver/fetch.h"
#include "resolver/store.h"

const char *
nmx_version(void)
{
	return "0.1.0";
}

int
nmx_version_library(size_t i, char *ret_text, size_t size)
{
	struct text text = text_into(ret_text, size);

	switch (i) {
	case 0:
		dns_print_version(&text);
		break;
	case 1:
		text_add(&text, OpenSSL_version(OPENSSL_VERSION));
		break;
	case 2:
		text_printf(&text, "libidn2 %s", idn2_check_version(NULL));
		break;
	case 3:
		fetch_print_version(&text);
		break;
	case 4:
		store_print_version(&text);
		break;
	default:
		break;
	}
	return text.length ? (int)text.length : NMX_E_INVALID;
}
