using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

/// <summary>A temporary working directory with files, an environment and a command line.</summary>
internal sealed class SettingsDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("settings").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public List<string> Overrides { get; } = [];

    public string? ConfigFile { get; set; }

    public SettingsSource Source => new(ConfigFile, Environment, Overrides, Root);

    public static SettingsResult Load(string json)
    {
        using var directory = new SettingsDirectory();
        directory.Write(SettingsSource.DefaultFile, json);
        return directory.Load();
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    public SettingsResult Load() => SettingsLoader.Load(Source);

    public SidecarSettings LoadGood()
    {
        var result = Load();
        Assert.Empty(result.Errors);
        return result.Settings!;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
