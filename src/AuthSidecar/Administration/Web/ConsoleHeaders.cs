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
            .AddPermissionsPolicyWithDefaultSecureDirectives()
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
