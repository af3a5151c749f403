using System.Text.RegularExpressions;

namespace AuthSidecar.Administration.Web;

/// <summary>Other origins to which answers to forms lead: identity providers. Browsers check <c>form-action</c> at redirects too.</summary>
internal sealed partial class FormTargets
{
    private const string Own = "form-action 'self'";
    private readonly Lock _lock = new();
    private volatile string _directive = Own;

    /// <param name="address">An http or https address; null, empty or another: nothing is added.</param>
    public void Add(string? address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return;
        }

        // The policy is a header: ASCII, and without what stands before the host.
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        var origin = $"{uri.Scheme}://{host}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}";
        if (!OriginForm().IsMatch(origin))
        {
            return;
        }

        lock (_lock)
        {
            if (!_directive.Split(' ').Contains(origin))
            {
                _directive = $"{_directive} {origin}";
            }
        }
    }

    /// <summary>Adds the origins to the policy of the answer. Stands before the middleware that writes the policy.</summary>
    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (_directive != Own)
        {
            http.Response.OnStarting(Extend, http.Response);
        }

        return next(http);
    }

    private Task Extend(object state)
    {
        var headers = ((HttpResponse)state).Headers;
        if (headers.ContentSecurityPolicy is { Count: 1 } policy)
        {
            headers.ContentSecurityPolicy = policy.ToString().Replace(Own, _directive, StringComparison.Ordinal);
        }

        return Task.CompletedTask;
    }

    [GeneratedRegex(@"\Ahttps?://[A-Za-z0-9.:\[\]_-]+\z")]
    private static partial Regex OriginForm();
}
