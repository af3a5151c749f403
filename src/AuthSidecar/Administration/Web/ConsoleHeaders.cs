namespace AuthSidecar.Administration.Web;

/// <summary>Security headers of every answer of the console.</summary>
internal static class ConsoleHeaders
{
    private const int Year = 365 * 24 * 60 * 60;

    public static HeaderPolicyCollection Policy() => Base().AddReferrerPolicySameOrigin();

    /// <summary>For pages whose address holds a code.</summary>
    public static HeaderPolicyCollection WithoutReferrer() => Base().AddReferrerPolicyNoReferrer();

    private static HeaderPolicyCollection Base() =>
        new HeaderPolicyCollection()
            .AddContentTypeOptionsNoSniff()
            .AddStrictTransportSecurityMaxAge(Year)
            .AddCrossOriginOpenerPolicy(policy => policy.SameOrigin())
            .AddCrossOriginResourcePolicy(policy => policy.SameOrigin())
            .AddPermissionsPolicy(policy =>
            {
                // Only names that browsers know: of another each page would log an error.
                policy.AddAccelerometer().None();
                policy.AddCamera().None();
                policy.AddFullscreen().None();
                policy.AddGeolocation().None();
                policy.AddGyroscope().None();
                policy.AddMagnetometer().None();
                policy.AddMicrophone().None();
                policy.AddMidi().None();
                policy.AddPayment().None();
                policy.AddUsb().None();
            })
            .AddContentSecurityPolicy(csp =>
            {
                csp.AddDefaultSrc().None();
                csp.AddScriptSrc().Self();
                csp.AddStyleSrc().Self().WithNonce();
                csp.AddImgSrc().Self().Data();
                csp.AddFontSrc().Self();
                csp.AddFormAction().Self();
                csp.AddFrameAncestors().None();
                csp.AddBaseUri().None();
            });
}
