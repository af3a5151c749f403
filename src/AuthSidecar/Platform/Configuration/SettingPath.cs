namespace AuthSidecar.Platform.Configuration;

/// <summary>Path of a setting: <c>Section:Key:0</c>.</summary>
internal static class SettingPath
{
    public static string Join(string path, object name) => path.Length == 0 ? $"{name}" : $"{path}:{name}";
}
