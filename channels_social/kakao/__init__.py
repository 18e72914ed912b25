"""KakaoTalk consultation (상담톡), by the hub partner Happytalk (developer-center.happytalk.io, Kakao webhook).

Experimental: written from the partner's pages, never tried against the platform. Kakao itself offers no such API.
"""
