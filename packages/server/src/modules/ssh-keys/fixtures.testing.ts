/** Made for these tests by ssh-keygen of OpenSSH 9.2p1; fingerprints as its `-l` prints them. Nobody has the private halves. */

export const KEYS = {
  ed25519: {
    line: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyUFldna+MCkETnQJxPjxeAuTnUrFwZC0uVzfZsUKdi ada@ed25519",
    fingerprint: "SHA256:/2H+jZqyUZIoKdt/GmnvLYz7w4wRh33L5hU3Lq6rwTo",
  },
  ecdsa256: {
    line: "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBJXcnFrV+173DYp2kt0e5xfyQ7/E1W7TJDGqoPPSvvlk14o/EGWBn//iChM5yUQ/Mr9dn0bvqJkAmNzF6Vd8rfE= ada@ecdsab256",
    fingerprint: "SHA256:iQXJtm27HgBRq9g0CTKpqUOd4APGyp1AKLrCbm+t/xI",
  },
  ecdsa384: {
    line: "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBIx/McKPCBRGP5SjOOUSQlXJGL/bR3nqfz3soVjyA/p6psc+Pjt3XnUWUwlyA08EXHsXIO3F9jG2q+pQ1E5UsYzGfwspSPSz1XPa0q0mmGBp3jJr+5FRC6gBSTIZayK+wg== ada@ecdsab384",
    fingerprint: "SHA256:uGs5NLnHJo0sNtdanTSzgon+w4HZqdXQ+WApUoBgALY",
  },
  ecdsa521: {
    line: "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAA+r6zOtmhUNHIQo3wHRWSBTu9ZFm8c4eFekVXUGa+sBYV/UF5pRudOgiwL6fQnXpsKpkK/Y0urpBP2VNPoX5dTtQHOEu32lkDkzQFFG7xNB8b4fcW3Smwll5hyeCz/ou4Xr0fCx6W1Hzc6ldpCuZQCjRQDdaGnQQvGdz4BKKXzK7hUNw== ada@ecdsab521",
    fingerprint: "SHA256:fOwhja0b7SFQu3EnCRxTMJ/ym7MPsMtaW9mYuQMAwkM",
  },
  rsa3072: {
    line: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDGPd0nvqFOebCJG08vM8aHPD+cEJQ4yoeww8pwqU2C4AZ3Mkz7fxalwSuaJJNGIhMGZ/4pUspyo9IER7/QOx3BJpiz1FD6rjJxILinnuqivi5tpp0OgwQ5OpfT+Ui65wvfxWApqsFgHcFihCjBPXf9eCacfTLdpuGiLRZbxi2b5ZoQhhPnAEhmdQ+xS6WOdqbx86M6LsX0DXNLnNOSfTVleq2KSp8Q6daDogvZKqf2G4NNAt9KQ1TlmA/u+dhTsPNORwhfRWgs4kZzgEivMjDpsZWHsNiWMr5RAh17WgKiUNQK/JpyVNfyzfgDHqbEByv4hsB5W5AwLeKpjIPx01DV+q9Zm+tVYNL2vz/v0I/scMI1kvv9hMnd/5ZqFA9xtMyADn5sn17G5h/icRt0rjOW09c4Ki2k1+cOu/lnXlOQ3LVdO+44YJ5/gff8zqHnQlJ5uYE1W3PpsCN+bR+cSPzYosRW525JPczNZYAMstyGZSFrK2JJd/+g6AnVnswOVa0= ada@rsab3072",
    fingerprint: "SHA256:xUJeluvxzgD2v1RUZ3Aq9sYBQHlnGoRg8oMoePZd8os",
  },
  rsa2048: {
    line: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCssSkRf5rFfn7O6XSZrTBZM091PpabHOitvvirMbXBdEaWVtrfo/iiGfwAb3khf/kI0nqx06Sq+CHNF4wFkNkzvftqcBQZ2cCIR+vdaje3ssw7lsFrdam1/u1ImK/LGkQmIi/U5GJMr97etAlRu2jFMcdYz2HdWN7hQ7o8QO0TFsRPsqw0xhHCRknGj7TkIkmzgDkPb0lvPnx+UdUHydqLwqcx2RAydxSflxkM2Ti1InU4tTVOHzA6edkinAMINpihEvlUHMZernibPJIZq8wAFjJeBou/p6DvzItWhEqAZVGmFntf2qy+fTALfMRY6bMbevg7gI9xyS15HD8dhPiN ada@rsab2048",
    fingerprint: "SHA256:QyBs0DIjZ+1pfEwjeSREe80I8bkOPpcNcmfKi43FivA",
  },
  dsa: {
    line: "ssh-dss AAAAB3NzaC1kc3MAAACBAONNqGT0cVfLYzl0b/7eU/7YCxa3tZQI6kfjc9cIf33SO0Bwmwgm3tIAPzyH2CgUvuy/jAd4Y0U0kobcDlAevz1moihl9j+6DSugVYvA56cyzSNleXGfL8/vOX8c+DBsCURam1dxfrlxZ7lpfVxxljsuiOSoxsfFVIbgJ5cN8a9jAAAAFQDf8IuoSJatslrtll7pn4pz+S2kKQAAAIA+SSgzliHsS/NsqmNVcH6Ro47Tn80GBuRBrFtsIUJVI+vRjmrSylGZbGR6uopWxsC/UB86bKjEb99BVDJXH3JOpf90Dkx6WKloa5u36oiEwzEIpElU7bBPV6LVs1PvzhUqS+/6SCEVhpcAiXNCsSHkcLtyK7jAVBM16FlRGr4wKQAAAIEApaHO6AUzSQ4CUMiTpLnDkmDYxv0MBrqlTdVZKGMHLxUBIkxp4KoYKLIkpsTmv90R9U73tXDUi+HYW1ECY0n7ERPlrfjlgfInlaO1vGEu7W9QZ9ZL5tPy3sN2gZ/R1Pj7NcvVltnOMRPgTNg2MLCxvAmi3VlrE9FNTJohKG4BAnM= dsa",
    fingerprint: "SHA256:sOruh+MeLwATIUFwcf7HAHyRU6MHAalxMrvvUSY8tWo",
  },
} as const;
