using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace AuthSidecar.Administration.Pages;

/// <summary>
/// The console's stylesheet and script: embedded in the assembly, served under addresses that contain the hash of the content, so that
/// a browser keeps them until the content changes.
/// </summary>
internal static class ConsoleAssets
{
    private const string Prefix = "/ui/assets";
    private const string Immutable = "public, max-age=31536000, immutable";

    private static readonly FrozenDictionary<string, Asset> _assets = new[]
    {
        Asset.Of("console.css", "text/css; charset=utf-8", Stylesheet()),
        Asset.Of("console.js", "text/javascript; charset=utf-8", Read("console.js")),
    }.ToFrozenDictionary(asset => asset.Name, StringComparer.Ordinal);

    /// <summary>The address of an asset, for example <c>/ui/assets/1f0c…/console.css</c>.</summary>
    /// <param name="name">The file's name.</param>
    /// <exception cref="KeyNotFoundException">There is no such asset.</exception>
    public static string Url(string name) => $"{Prefix}/{_assets[name].Hash}/{name}";

    /// <summary>GET and HEAD of the assets. An unknown name or the hash of another version: 404.</summary>
    public static void MapAssets(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods($"{Prefix}/{{hash}}/{{name}}", [HttpMethods.Get, HttpMethods.Head], Serve);

    private static IResult Serve(string hash, string name, HttpContext http)
    {
        if (!_assets.TryGetValue(name, out var asset) || asset.Hash != hash)
        {
            return Results.NotFound();
        }

        http.Response.Headers.CacheControl = Immutable;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(asset.Content, asset.ContentType, entityTag: new EntityTagHeaderValue($"\"{asset.Hash}\""));
    }

    /// <summary>One file. In its layer, charts.css never overrides a rule of the console, however specific its selector is.</summary>
    private static string Stylesheet() =>
        $$"""
            /* charts.css 1.2.0
            {{Read("charts.css.LICENSE")}}
            */
            @layer vendor {
            {{Read("charts.min.css")}}
            }

            {{Read("console.css")}}
            """;

    private static string Read(string name)
    {
        var assembly = Assembly.GetExecutingAssembly();
        using var reader = new StreamReader(assembly.GetManifestResourceStream($"console/{name}")!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private sealed record Asset(string Name, string ContentType, byte[] Content, string Hash)
    {
        private const int HashLength = 16;

        public static Asset Of(string name, string contentType, string content)
        {
            var bytes = Encoding.UTF8.GetBytes(content);
            return new(name, contentType, bytes, Convert.ToHexStringLower(SHA256.HashData(bytes))[..HashLength]);
        }
    }
}
