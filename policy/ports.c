/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/ports.h"

/*
 * Ports whose protocols can be abused with SMTP text: line protocols that run commands, chat and
 * printers that pass text on, services that answer anything. Modelled on the ports that browsers
 * refuse (Fetch standard, "bad port"), without SMTP's own. Sorted by number.
 */
static const struct {
	uint16_t first, last;
	const char *reason;
} denied[] = {
	{1, 1, "tcpmux"},
	{7, 7, "echo"},
	{9, 9, "discard"},
	{11, 11, "systat"},
	{13, 13, "daytime"},
	{15, 15, "netstat"},
	{17, 17, "quote of the day"},
	{19, 19, "character generator"},
	{20, 21, "FTP"},
	{22, 22, "SSH"},
	{23, 23, "telnet"},
	{37, 37, "time"},
	{42, 42, "host name server"},
	{43, 43, "whois"},
	{53, 53, "DNS"},
	{69, 69, "TFTP"},
	{77, 77, "private remote job entry"},
	{79, 79, "finger"},
	{87, 87, "private terminal link"},
	{95, 95, "supdup"},
	{101, 101, "NIC host names"},
	{102, 102, "ISO-TSAP"},
	{103, 103, "genesis point to point"},
	{104, 104, "DICOM"},
	{109, 110, "POP"},
	{111, 111, "RPC port mapper"},
	{113, 113, "ident"},
	{115, 115, "simple file transfer"},
	{117, 117, "UUCP path service"},
	{119, 119, "NNTP"},
	{123, 123, "NTP"},
	{135, 135, "RPC end points"},
	{137, 139, "NetBIOS"},
	{143, 143, "IMAP"},
	{161, 161, "SNMP"},
	{179, 179, "BGP"},
	{389, 389, "LDAP"},
	{427, 427, "service location"},
	{512, 514, "remote execution, login and shell"},
	{515, 515, "printer (LPD)"},
	{526, 526, "tempo"},
	{530, 532, "courier, chat and news readers"},
	{540, 540, "UUCP"},
	{548, 548, "Apple filing"},
	{554, 554, "RTSP"},
	{556, 556, "remote file system"},
	{563, 563, "NNTP over TLS"},
	{601, 601, "syslog over TCP"},
	{636, 636, "LDAP over TLS"},
	{989, 990, "FTP over TLS"},
	{993, 993, "IMAP over TLS"},
	{995, 995, "POP3 over TLS"},
	{1719, 1720, "H.323"},
	{1723, 1723, "PPTP"},
	{2049, 2049, "NFS"},
	{3659, 3659, "Apple SASL"},
	{4045, 4045, "NFS lock manager"},
	{4190, 4190, "ManageSieve"},
	{5060, 5061, "SIP"},
	{6000, 6063, "X11"},
	{6379, 6379, "Redis, which runs lines as commands"},
	{6566, 6566, "scanner (SANE)"},
	{6665, 6669, "IRC"},
	{6679, 6679, "IRC over TLS"},
	{6697, 6697, "IRC over TLS"},
	{9100, 9107, "printer (raw), which prints what it gets"},
	{10080, 10080, "Amanda"},
	{11211, 11211, "memcached, which runs lines as commands"},
	{11300, 11300, "beanstalkd, which runs lines as commands"},
};

bool
port_in_set(const struct port_set *set, uint16_t port)
{
	for (size_t i = 0; i < set->n; i++)
		if (port >= set->ranges[i].first && port <= set->ranges[i].last)
			return true;
	return false;
}

const char *
port_denied(uint16_t port)
{
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]) && denied[i].first <= port; i++)
		if (port <= denied[i].last)
			return denied[i].reason;
	return NULL;
}
