// Names for messages about captures that can't be read: the link types that capture tools write.
#include "engine/decode/decode.h"

namespace nfstream {
namespace {

struct LinkTypeName {
  uint32_t link_type;
  const char* name;
};

constexpr LinkTypeName names[] = {
    {0, "NULL"}, {1, "EN10MB"}, {6, "IEEE802"}, {7, "ARCNET"}, {8, "SLIP"}, {9, "PPP"}, {10, "FDDI"}, {12, "RAW"},
    {14, "RAW"}, {50, "PPP_SERIAL"}, {51, "PPP_ETHER"}, {99, "SYMANTEC_FIREWALL"}, {100, "ATM_RFC1483"}, {101, "RAW"},
    {104, "C_HDLC"}, {105, "IEEE802_11"}, {107, "FRELAY"}, {108, "LOOP"}, {109, "ENC"}, {113, "LINUX_SLL"}, {114, "LTALK"},
    {117, "PFLOG"}, {119, "PRISM_HEADER"}, {122, "IP_OVER_FC"}, {123, "SUNATM"}, {127, "IEEE802_11_RADIO"},
    {129, "ARCNET_LINUX"}, {138, "APPLE_IP_OVER_IEEE1394"}, {139, "MTP2_WITH_PHDR"}, {140, "MTP2"}, {141, "MTP3"},
    {143, "DOCSIS"}, {144, "LINUX_IRDA"}, {163, "IEEE802_11_RADIO_AVS"}, {165, "BACNET_MS_TP"}, {166, "PPP_PPPD"},
    {169, "GPRS_LLC"}, {175, "ERF_ETH"}, {176, "ERF_POS"}, {177, "LINUX_LAPD"}, {182, "MFR"}, {186, "USB_FREEBSD"},
    {187, "BLUETOOTH_HCI_H4"}, {189, "USB_LINUX"}, {190, "CAN20B"}, {192, "PPI"}, {195, "IEEE802_15_4"}, {196, "SITA"},
    {197, "ERF"}, {201, "BLUETOOTH_HCI_H4_WITH_PHDR"}, {202, "AX25_KISS"}, {209, "IPMB_LINUX"}, {219, "MPLS"},
    {220, "USB_LINUX_MMAPPED"}, {224, "FC_2"}, {225, "FC_2_WITH_FRAME_DELIMS"}, {226, "IPNET"}, {227, "CAN_SOCKETCAN"},
    {228, "IPV4"}, {229, "IPV6"}, {230, "IEEE802_15_4_NOFCS"}, {231, "DBUS"}, {235, "DVB_CI"}, {239, "NFLOG"},
    {240, "NETANALYZER"}, {242, "IPOIB"}, {243, "MPEG_2_TS"}, {247, "INFINIBAND"}, {248, "SCTP"}, {249, "USBPCAP"},
    {250, "RTAC_SERIAL"}, {251, "BLUETOOTH_LE_LL"}, {253, "NETLINK"}, {254, "BLUETOOTH_LINUX_MONITOR"},
    {256, "BLUETOOTH_LE_LL_WITH_PHDR"}, {257, "PROFIBUS_DL"}, {258, "PKTAP"}, {259, "EPON"}, {261, "ZWAVE_R1_R2"},
    {262, "ZWAVE_R3"}, {264, "ISO_14443"}, {265, "RDS"}, {266, "USB_DARWIN"}, {268, "SDLC"}, {271, "VSOCK"},
    {272, "NORDIC_BLE"}, {274, "ETHERNET_MPACKET"}, {276, "LINUX_SLL2"}, {283, "IEEE802_15_4_TAP"}, {288, "USB_2_0"},
    {289, "ATSC_ALP"},
};

}  // namespace

const char* link_type_name(uint32_t link_type) {
  for (const LinkTypeName& entry : names) {
    if (entry.link_type == link_type) return entry.name;
  }
  return nullptr;
}

}  // namespace nfstream
