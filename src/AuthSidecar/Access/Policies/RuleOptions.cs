namespace AuthSidecar.Access.Policies;

/// <summary>One entry of <c>Rules</c>: tried in order, the first match names the policy.</summary>
internal sealed class RuleOptions
{
    /// <summary>Lower-case host without port; <c>*</c>: any.</summary>
    public string Host { get; set; } = "*";

    /// <summary>Upper-case method; <c>*</c>: any.</summary>
    public string Method { get; set; } = "*";

    /// <summary>A template in ASP.NET's route syntax; case-sensitive, with a significant trailing slash.</summary>
    public string Path { get; set; } = "";

    /// <summary>Name in <c>Policies</c>.</summary>
    public string Policy { get; set; } = "";
}
