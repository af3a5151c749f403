namespace AuthSidecar.Platform.Configuration;

/// <summary>How a place in the configuration is named: <c>Section:Key:0</c>.</summary>
internal static class SettingPath
{
    public static string Join(string path, object name) => path.Length == 0 ? $"{name}" : $"{path}:{name}";
}
