using System.Text.Json.Nodes;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>A directory with a configuration file and the files that it names, for one sidecar or for replicas that share it.</summary>
internal sealed class SidecarSandbox : IDisposable
{
    public const string ServiceCredential = "service-credential-for-tests";

    public SidecarSandbox()
    {
        Settings = JsonNode
            .Parse(
                $$"""
                {
                  "Listen": { "Check": "http://127.0.0.1:0", "Companion": "http://127.0.0.1:0", "Console": "http://127.0.0.1:0", "Closer": "" },
                  "DataDirectory": "{{DataDirectory}}",
                  "Auth": { "ServiceCredentials": ["file:{{WriteSecret("service", ServiceCredential)}}"] },
                  "Policies": { "app": { "Scopes": ["apps:run"], "Limit": { "Permits": 0 } } },
                  "WarmUp": { "MaxSeconds": 0 },
                  "Shutdown": { "DrainSeconds": 0 }
                }
                """
            )!
            .AsObject();
        Save();
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("authsidecar-").FullName;

    public string DataDirectory => Path.Combine(Root, "data");

    public string ConfigFile => Path.Combine(Root, "authsidecar.json");

    /// <summary>A wrapper command of the sidecar with its arguments, such as <c>taskset</c>.</summary>
    public IReadOnlyList<string> Wrapper { get; set; } = [];

    /// <summary>The sidecar's assembly.</summary>
    public string Program { get; set; } = SidecarProgram.Path;

    /// <summary>The default settings.</summary>
    public JsonObject Settings { get; }

    public void Save() => Save(Settings.ToJsonString());

    /// <summary>Replaces the file atomically, as configuration management does.</summary>
    public void Save(string text) => Replace(ConfigFile, text);

    /// <returns>The path, for <c>file:</c>.</returns>
    public string WriteSecret(string name, string value)
    {
        var path = Path.Combine(Root, name);
        Replace(path, value);
        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }
}
