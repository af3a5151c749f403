using AuthSidecar.Administration.Settings;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Documents;

/// <summary>The settings in the manual load without an error.</summary>
public sealed class DocumentSettingsTests
{
    private static readonly string[] _otherJson = ["price"];

    /// <summary>The files in <c>/run/secrets</c>.</summary>
    private static readonly Dictionary<string, string> _secrets = new()
    {
        ["admin"] = "a password of the first admin",
        ["corp-client"] = "a client secret",
        ["partner-client"] = "a client secret",
        ["gateway-key"] = "a gateway key of more than thirty-two characters",
        ["openai"] = "a credential",
        ["master"] = "a-master-key-of-forty-characters-or-more-1",
        ["pepper-new"] = "another pepper of more than thirty-two characters",
        ["pepper"] = "a pepper of more than thirty-two characters",
        ["redis"] = "redis:6379",
        ["store"] = "Host=db;Database=authsidecar",
    };

    /// <summary>Page and name of each block of settings.</summary>
    public static IReadOnlyList<object[]> Blocks { get; } =
    [
        .. from page in Manual.Pages
        from fence in page.Fences()
        where fence.Language == "json" && !_otherJson.Contains(fence.Name)
        select new object[] { page.Name, fence.Name },
    ];

    [Theory, MemberData(nameof(Blocks))]
    public async Task Settings_Load(string page, string block)
    {
        using var directory = new TemporaryDirectory();
        foreach (var (secret, text) in _secrets)
        {
            await File.WriteAllTextAsync(directory[secret], text);
        }

        using var authority = new TestAuthority("mesh");
        authority.WriteServer(directory["tls.crt"], directory["tls.key"]);
        await File.WriteAllTextAsync(directory["ca.crt"], authority.Pem);
        await File.WriteAllTextAsync(directory["authsidecar.json"], Written(page, block, directory));

        Assert.Empty(SettingsLoader.Load(new(null, new Dictionary<string, string>(), [], directory.Path)).Errors);
    }

    /// <summary>The block with the directory in place of <c>/run/secrets</c> and <c>/var/lib/authsidecar</c>.</summary>
    private static string Written(string page, string block, TemporaryDirectory directory) =>
        Manual
            .Page(page)
            .Blocks()[block]
            .Replace("/run/secrets", directory.Path, StringComparison.Ordinal)
            .Replace("/var/lib/authsidecar", directory["data"], StringComparison.Ordinal);
}
