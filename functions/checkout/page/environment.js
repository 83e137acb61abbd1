// The browser as 3-D Secure and risk checks want it described. Address and user agent are taken from the request.

const COLOUR_DEPTHS = [1, 4, 8, 15, 16, 24, 30, 32, 48];

/** 'IOS' or 'ANDROID' on a phone, else null. */
function phone() {
  const { userAgentData, userAgent } = navigator;
  if (userAgentData) return userAgentData.mobile && userAgentData.platform === 'Android' ? 'ANDROID' : null;
  if (/iPhone|iPod/.test(userAgent)) return 'IOS';
  return /Android.*Mobile/.test(userAgent) ? 'ANDROID' : null;
}

function environment() {
  const osType = phone();
  const depth = COLOUR_DEPTHS.findLast(allowed => allowed <= screen.colorDepth) ?? 24;
  const offset = new Date().getTimezoneOffset();
  return {
    terminalType: osType ? 'WAP' : 'WEB',
    ...(osType && { osType }),
    browserInfo: {
      acceptHeader: '*/*',
      javaEnabled: navigator.javaEnabled?.() ?? false,
      javaScriptEnabled: true,
      language: navigator.language.slice(0, 32),
    },
    colorDepth: depth,
    screenHeight: Math.round(screen.height),
    screenWidth: Math.round(screen.width),
    // Islands beyond UTC+12 lie outside what the payment API takes.
    timeZoneOffset: Math.min(720, Math.max(-720, offset)),
  };
}
