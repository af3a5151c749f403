using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AuthSidecar.Administration.Rest;

/// <summary><c>GET /api/openapi.json</c>: the document of this version, made at its first request.</summary>
internal sealed class OpenApiEndpoint
{
    private readonly Lazy<Task<(string Text, string Tag)>> _document;

    public OpenApiEndpoint(IServiceProvider services) =>
        _document = new(() => MakeAsync(services.GetRequiredKeyedService<IOpenApiDocumentProvider>(OpenApiDescription.Name)));

    public async Task<IResult> ShowAsync(HttpContext http)
    {
        var (text, tag) = await _document.Value;
        http.Response.Headers.CacheControl = "public, max-age=300";
        http.Response.Headers.ETag = tag;
        return RestETag.IsKnown(http.Request, tag)
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Text(text, "application/json", Encoding.UTF8);
    }

    private static async Task<(string Text, string Tag)> MakeAsync(IOpenApiDocumentProvider provider)
    {
        var document = await provider.GetOpenApiDocumentAsync(CancellationToken.None);
        var text = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, CancellationToken.None);
        return (text, $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16))}\"");
    }
}
