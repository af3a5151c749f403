using System.Text.Json;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Settings;

/// <summary>Loads the settings: file, then environment, then command line; then the rules. Never throws for invalid settings.</summary>
internal static class SettingsLoader
{
    public static SettingsResult Load(SettingsSource source)
    {
        var problems = new ConfigurationErrors();
        var files = new SettingsFiles();
        var references = new References(source, files, problems);

        var root = ReadFile(source, files, references, problems);
        foreach (var entry in Override.Of(source))
        {
            OverrideMerge.Apply(root, SettingShape.Of<SidecarSettings>(), entry, problems);
        }

        var settings = new SettingsBinder(references, problems, source.DefersSecrets).Bind<SidecarSettings>(root);
        foreach (var policy in settings.Policies.Values.Where(policy => policy.Scopes.Count == 0))
        {
            // An empty list declares no scope and means "full"; read literally, it would require no scope.
            policy.Scopes.Add("full");
        }

        RelativePaths.Resolve(settings, source, problems);
        SettingsRules.Check(settings, problems);
        return new(problems.Any ? null : settings, problems.Errors, problems.Warnings, files);
    }

    private static ConfigNode ReadFile(SettingsSource source, SettingsFiles files, References references, ConfigurationErrors problems)
    {
        var file = source.FullPath(source.ConfigFile ?? SettingsSource.DefaultFile);
        var isAbsent = files.Read(file).Error == SettingsFiles.Absent;
        var text = isAbsent && source.ConfigFile is null ? null : references.FromFile(file, "--config");
        var root = text is null ? new ConfigNode() : JsonSource.Read(file, text, problems);
        if (root.Kind == JsonValueKind.Undefined)
        {
            root.Kind = JsonValueKind.Object;
        }

        return root;
    }
}
